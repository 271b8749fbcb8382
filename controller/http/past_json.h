#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "controller/rollout/rollout.h"
#include "haldane/v1/audit.pb.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {

// A rollout's log, folded into what a page draws: the judgement at intervals,
// the events that are no ticks, each process as last heard of, and latencies of
// both cohorts. Numbers that do not exist are null.
class PastJson {
 public:
  // `step`: time between two judgements.
  explicit PastJson(absl::Duration step) : step_(step) {}

  // The next event. Fails as Rollout does.
  absl::Status Add(const haldane::v1::LoggedEvent& logged);
  // False when there is more in the log than was added.
  void SetComplete(bool complete) { complete_ = complete; }
  // True when there was not even a creation.
  bool empty() const { return rollout_ == nullptr; }
  // Everything, as JSON. Once. REQUIRES: !empty().
  std::string Finish();

 private:
  // What was found, judgement by judgement: arrays of numbers.
  struct Quantile {
    std::string canary, baseline, ratio, low, high;
  };
  struct Series {
    std::string ratio, low, high, harm, clear, spent, drift, drift_low, drift_high;
    std::vector<Quantile> quantiles;  // in the plan's order
  };
  using ProcessId = std::tuple<std::string, uint64_t, std::string, uint32_t, uint64_t>;
  // A process and what had been counted of it when it was first seen warm.
  struct Process {
    haldane::v1::ProcessSample latest, before;
    bool warm = false;
  };

  void AddPoint(absl::Time time);
  void AddTick(const haldane::v1::Tick& tick);
  void AddNote(uint64_t sequence, haldane::v1::RolloutEvent event);
  std::string Signals() const;
  std::string Processes() const;
  std::string Latency() const;

  const absl::Duration step_;
  bool complete_ = true;
  uint64_t sequence_ = 0;
  std::unique_ptr<Rollout> rollout_;
  absl::Time last_tick_ = absl::InfinitePast();
  absl::Time last_point_ = absl::InfinitePast();
  std::string times_, states_, combined_, budget_, notes_;
  std::vector<Series> signals_;  // in the plan's order
  std::map<ProcessId, Process> processes_;
};

}  // namespace haldane::controller
