#pragma once

#include <string>
#include <vector>

#include "controller/evidence/signal_evidence.h"
#include "stats/novelty.h"

namespace haldane::controller {

// Classes of exception that the baseline never raised (stats/novelty.h). What
// one host's class count says at once does not matter; that hosts of the canary
// have it and hosts of the baseline have not does.
//
// The finding's totals are events of new classes; its classes are those with
// evidence, the strongest first. Nothing shows that no new class will ever
// come, so there is no evidence of no harm: the signal cannot be required.
class NoveltyEvidence final : public SignalEvidence {
 public:
  NoveltyEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan& signal, const Past& past);

  void AddUnit(Cohort cohort, const std::string& host) override;
  void Observe(absl::Span<const UnitTick> ticks, absl::Time time) override;
  double HarmEvidence() const override { return novelty_.HarmEvidence(); }
  double HarmEvidenceWithout(int) const override { return HarmEvidence(); }
  bool HasData(Cohort cohort) const override;
  void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const override;

 private:
  struct UnitState {
    Cohort cohort;
    double requests = 0;
  };
  const haldane::v1::ExposureUnit exposure_;
  std::vector<UnitState> units_;
  stats::Novelty novelty_;
};

}  // namespace haldane::controller
