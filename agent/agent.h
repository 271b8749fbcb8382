#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "agent/budget/governor.h"
#include "agent/drops.h"
#include "agent/kill_switches.h"
#include "agent/metrics.h"
#include "agent/probe/process_counters.h"
#include "agent/process_table.h"
#include "agent/report_builder.h"
#include "agent/ruby_processes.h"
#include "agent/sampler.h"
#include "agent/scan_schedule.h"
#include "agent/uplink/uplink.h"
#include "agent/watch_set.h"
#include "base/clock.h"

namespace haldane::agent {

// The daemon's heart: looks for Ruby processes, counts those that the
// controller asks for and reports. Nothing is attached unless the controller
// wants it: an empty directive, a controller silent for a minute, any kill
// switch and Stop each detach everything.
//
// Belongs to one TaskLoop: every method, and its destruction, on that loop.
class Agent final : public Uplink::Listener {
 public:
  // How often Tick is to be called, and LookAtSwitches.
  static constexpr absl::Duration kTick = absl::Milliseconds(200);
  static constexpr absl::Duration kSwitchTick = absl::Milliseconds(50);

  // What the agent works with; all outlive it.
  struct Parts {
    RubyProcesses* processes = nullptr;
    ProcessCounters* counters = nullptr;  // null: nothing can be counted on this host
    Uplink* uplink = nullptr;
    const Clock* clock = nullptr;  // Monotonic() is time since boot
    Governor* governor = nullptr;  // null: nothing is ever shed
  };
  struct Identity {
    std::string boot_id;
    uint64_t epoch = 0;
  };

  // `kill_switch`: while this file exists nothing is attached; empty for none.
  Agent(Parts parts, const Identity& identity, std::string kill_switch);

  // Does what is due.
  void Tick();
  // Detaches what a file forbids by now.
  void LookAtSwitches();
  // Detaches everything and sends the final totals. Nothing is done afterwards.
  void Stop();

  MetricsSnapshot Metrics() const;

  // SIGUSR1 (true) and SIGUSR2 (false).
  void OnKillSignal(bool killed);

  void OnUp() override;
  void OnDown() override;
  void OnAck(uint64_t sequence) override;
  void OnDirective(const haldane::v1::Directive& directive) override;

 private:
  // Which services to count now: none while suspended. Acts at once on a change.
  void UpdateWanted();
  bool IsControllerLost();
  void DrainLifecycle();
  void Scan();
  void LogOddities();
  void DetachEverything();
  void TellGaps();
  void Report();

  const Parts parts_;
  KillSwitches kill_switches_;
  Drops drops_;
  ProcessTable table_;
  WatchSet watch_set_;
  ReportBuilder builder_;
  Sampler sampler_;
  ScanSchedule schedule_;

  std::set<std::string> directive_;  // services for a rollout
  std::set<std::string> history_;    // services between rollouts
  std::set<std::string> wanted_;
  Demand demand_ = Demand::kNothing;
  absl::Duration heard_at_;  // of the controller
  absl::Duration poll_at_ = -absl::InfiniteDuration();
  absl::Duration report_at_ = -absl::InfiniteDuration();
  bool lost_ = false;
  bool up_ = false;
  bool stopped_ = false;
  uint64_t reports_sent_ = 0;
  std::set<std::string> rejected_;  // paths that were logged
  bool overflow_logged_ = false;
};

}  // namespace haldane::agent
