#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "controller/evidence/cohort.h"
#include "controller/evidence/process_ledger.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/plan.pb.h"
#include "stats/count_signal.h"

namespace haldane::controller {

// The unit of comparison: one host's processes of one cohort. Never the process
// and never the event, because hosts differ and errors come in bursts.
struct Unit {
  std::string host;
  Cohort cohort;
  uint64_t epoch = 0;  // of the agent that reported last
  absl::Time last_report = absl::InfinitePast();
  // Live processes and the age each had when last seen.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> process_ages_ms;
  // Where exception counts of these processes came from, ever.
  std::set<haldane::v1::ProbeSource> sources;
  // Since observation began, warm processes only.
  haldane::v1::Counters totals;
  // Responses that the host knows it failed to count since it was first heard.
  uint64_t lost = 0;
};

// Everything that a rollout's ticks add up to, per signal, cohort and host.
// Pure and deterministic. Not thread-safe.
class Evidence {
 public:
  explicit Evidence(const haldane::v1::Plan& plan);

  // Adds a tick. REQUIRES: `time` does not run backwards.
  void Observe(const haldane::v1::Tick& tick, absl::Time time);

  // In order of first appearance.
  const std::vector<Unit>& units() const { return units_; }
  // One per signal of the plan, in its order.
  const std::vector<stats::CountSignal>& signals() const { return signals_; }
  // Exceptions by class since observation began: {canary, baseline}.
  const std::map<std::string, std::pair<uint64_t, uint64_t>>& classes() const { return classes_; }
  // How long both cohorts have been seen side by side. A gap between ticks
  // counts as two seconds at most: time in which nobody looked is no evidence.
  absl::Duration observed() const { return observed_; }
  absl::Time last_tick() const { return last_tick_; }

 private:
  size_t UnitIndex(const std::string& host, Cohort cohort);
  void ObserveHost(const haldane::v1::HostReport& report, absl::Time time);
  void CountLosses(const haldane::v1::HostReport& report);
  void CountClasses(Cohort cohort, const haldane::v1::Counters& difference);

  const haldane::v1::Plan plan_;
  const uint64_t warmup_ms_;
  ProcessLedger ledger_;
  std::vector<Unit> units_;
  std::vector<stats::CountSignal> signals_;
  std::map<std::string, std::pair<uint64_t, uint64_t>> classes_;
  std::map<std::pair<std::string, uint64_t>, uint64_t> lost_totals_;  // by host and epoch
  std::map<size_t, haldane::v1::Counters> pending_;                   // this tick's sums by unit
  absl::Duration observed_ = absl::ZeroDuration();
  absl::Time last_tick_ = absl::InfinitePast();
};

}  // namespace haldane::controller
