#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "controller/evidence/cohort.h"
#include "controller/evidence/process_ledger.h"
#include "controller/evidence/signal_evidence.h"
#include "controller/evidence/unit_tick.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/plan.pb.h"
#include "stats/gross_failure.h"

namespace haldane::controller {

// The unit of comparison: one host's processes of one cohort. Never the process
// and never the event, because hosts differ and errors come in bursts.
struct Unit {
  std::string host;
  Cohort cohort;
  uint64_t epoch = 0;  // of the agent that reported last
  absl::Time last_report = absl::InfinitePast();
  absl::Time last_traffic = absl::InfinitePast();
  // Live processes and when each started, as told by the age that it was last
  // reported with; one that does nothing is not reported again.
  std::map<std::pair<uint32_t, uint64_t>, absl::Time> process_starts;
  // Where exception counts of these processes came from, ever.
  std::set<haldane::v1::ProbeSource> sources;
  // Signals that the host does not count at present, and since when.
  struct Gap {
    haldane::v1::SignalGap gap;
    absl::Time since;
  };
  std::map<std::string, Gap> gaps;
  // Labels of the processes seen last, those that select cohorts left out: what
  // kind of host it is.
  std::map<std::string, std::string> labels;
  // Since observation began, warm processes only; without classes.
  haldane::v1::Counters totals;
  // Of its HTTP responses those since most processes of both cohorts were warm
  // at once. Before that the cohort that was deployed later has fewer, whatever
  // the balancer does.
  uint64_t responses_side_by_side = 0;
  // Responses that the host knows it failed to count since it was first heard.
  uint64_t lost = 0;
};

// Everything that a rollout's ticks add up to, per signal, cohort and host.
// Pure and deterministic. Not thread-safe.
class Evidence {
 public:
  explicit Evidence(const haldane::v1::Created& created);
  Evidence(const Evidence&) = delete;  // signals refer to the past that it keeps
  Evidence& operator=(const Evidence&) = delete;

  // Adds a tick. REQUIRES: `time` does not run backwards.
  void Observe(const haldane::v1::Tick& tick, absl::Time time);

  // The stage that was judged is over; the next begins when the canary is as
  // large as it asks. REQUIRES: there is a next one.
  void PassStage();

  // In order of first appearance.
  const std::vector<Unit>& units() const { return units_; }
  // One per signal of the plan, in its order, over the whole rollout.
  const SignalEvidence& signal(int s) const { return *signals_[s]; }
  // The same over the present stage: what clears it. The whole rollout's where
  // it has one stage.
  const SignalEvidence& stage_signal(int s) const { return stage_ == 0 ? *signals_[s] : *stage_signals_[s]; }
  // True once half of the canary's requests fail (stats/gross_failure.h).
  bool gross_failure() const { return guard_.Fired(); }
  // The largest HarmEvidence that the signal ever had.
  double peak(int s) const { return peaks_[s]; }
  // Exceptions by class since observation began: {canary, baseline}.
  const std::map<std::string, std::pair<uint64_t, uint64_t>>& classes() const { return classes_; }
  // Position in the plan's stages; 0 in a plan without.
  int stage() const { return stage_; }
  // True once the canary has been as large as the stage asks.
  bool stage_begun() const { return stage_begun_; }
  // How long both cohorts have been seen side by side: in the whole rollout,
  // and in this stage. A gap between ticks counts as two seconds at most: time
  // in which nobody looked is no evidence.
  absl::Duration observed() const { return observed_; }
  absl::Duration stage_observed() const { return stage_observed_; }
  absl::Time first_tick() const { return first_tick_; }
  absl::Time last_tick() const { return last_tick_; }

 private:
  using Signals = std::vector<std::unique_ptr<SignalEvidence>>;

  Signals MakeSignals() const;
  size_t UnitIndex(const std::string& host, Cohort cohort);
  void ObserveHost(const haldane::v1::HostReport& report, absl::Time time);
  void ObserveProcess(const haldane::v1::HostReport& report, const haldane::v1::ProcessSample& sample,
                      Cohort cohort, absl::Time time);
  void ObserveExit(const haldane::v1::HostReport& report, const haldane::v1::ProcessSample& sample,
                   UnitTick* tick);
  void ObserveGaps(const haldane::v1::HostReport& report, Unit* unit, absl::Time time);
  void CountLosses(const haldane::v1::HostReport& report);
  void CountClasses(Cohort cohort, const haldane::v1::Counters& difference, UnitTick* tick);
  void ObserveFailures(const std::vector<UnitTick>& ticks);
  void CountSideBySide(const std::vector<UnitTick>& ticks, absl::Time time);
  bool MostAreWarm(Cohort cohort, absl::Time time) const;
  void CountTime(absl::Time time);
  void BeginStageWhenLarge();

  const haldane::v1::Plan plan_;
  const haldane::v1::Profile profile_;
  const haldane::v1::History history_;
  const uint64_t warmup_ms_;
  ProcessLedger ledger_;
  std::vector<Unit> units_;
  std::map<std::pair<std::string, Cohort>, size_t> unit_index_;
  Signals signals_;
  Signals stage_signals_;  // of the present stage, from the second one on
  std::vector<double> peaks_;
  stats::GrossFailureGuard guard_;
  std::map<std::string, std::pair<uint64_t, uint64_t>> classes_;
  std::map<std::pair<std::string, uint64_t>, uint64_t> lost_totals_;  // by host and epoch
  std::set<std::pair<std::string, ProcessId>> ended_;                 // processes whose end was counted
  std::map<size_t, UnitTick> pending_;                                // this tick's sums by unit
  bool side_by_side_ = false;
  int stage_ = 0;
  bool stage_begun_ = false;
  absl::Duration observed_ = absl::ZeroDuration();
  absl::Duration stage_observed_ = absl::ZeroDuration();
  absl::Time first_tick_ = absl::InfinitePast();
  absl::Time last_tick_ = absl::InfinitePast();
};

}  // namespace haldane::controller
