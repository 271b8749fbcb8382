#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/evidence/exact_fallback.h"
#include "controller/evidence/signal_evidence.h"
#include "stats/count_signal.h"

namespace haldane::controller {

// A signal whose events are divided by an exposure: counts and proportions.
// stats::CountSignal does the statistics; this adds which way is bad and the
// past of the same hosts.
//
// Harm of a signal whose promise is broken (self tests) is judged by the exact
// fallback instead, which knows two answers: no evidence, and enough.
//
// More is worse: one CountSignal. Less is worse: one in which the cohorts have
// changed places. Either: both, each with half the weight.
class RateEvidence final : public SignalEvidence {
 public:
  RateEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan& signal, const Past& past);

  void AddUnit(Cohort cohort, const std::string& host) override;
  void Observe(absl::Span<const UnitTick> ticks, absl::Time time) override;
  double HarmEvidence() const override;
  double HarmEvidenceWithout(int unit) const override;
  bool HasData(Cohort cohort) const override;
  void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const override;

 private:
  // One way of being bad.
  struct Side {
    stats::CountSignal signal;
    bool swapped;  // the canary plays the baseline
  };
  struct UnitState {
    Cohort cohort;
    std::string host;
    // All that was observed.
    double events = 0;
    double exposure = 0;
  };

  void AddTotals(haldane::v1::Finding* finding) const;
  void BeginFallback();
  // Tells the statistics what the hosts that are there did before the rollout.
  void ObservePast();
  void Feed(absl::Span<const stats::HostTick> ticks);

  const haldane::v1::SignalPlan signal_;
  const haldane::v1::ExposureUnit exposure_;
  const Past past_;
  std::vector<Side> sides_;
  std::vector<UnitState> units_;
  bool started_ = false;     // both cohorts have had exposure: the statistics are fed
  bool same_hosts_ = false;  // some unit has a past
  std::optional<ExactFallback> fallback_;
};

}  // namespace haldane::controller
