#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/evidence/signal_evidence.h"
#include "stats/distribution_signal.h"

namespace haldane::controller {

// A value per event, in the buckets of base/log_linear.h: latency, pauses.
// stats::DistributionSignal does the statistics.
class DistributionEvidence final : public SignalEvidence {
 public:
  DistributionEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan& signal,
                       const Past& past);

  void AddUnit(Cohort cohort, const std::string& host) override;
  void Observe(absl::Span<const UnitTick> ticks, absl::Time time) override;
  double HarmEvidence() const override { return distribution_.HarmEvidence(); }
  double HarmEvidenceWithout(int unit) const override { return distribution_.EvidenceWithout(unit); }
  bool HasData(Cohort cohort) const override;
  void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const override;

 private:
  struct UnitState {
    Cohort cohort;
    double values = 0;
  };
  const haldane::v1::SignalPlan signal_;
  std::vector<UnitState> units_;
  stats::DistributionSignal distribution_;
};

}  // namespace haldane::controller
