#pragma once

#include <string>
#include <vector>

#include "controller/evidence/signal_evidence.h"
#include "stats/count_signal.h"

namespace haldane::controller {

// Crashes, kills and restarts: a handful in a process's life, against the
// baseline's and the service's history (stats/rare_event.h).
//
// Of the events of one host in one minute the first counts: a crash loop is one
// event a minute, and one bad deploy of forty workers is not forty. Processes
// count whatever their age, since a process that crashes at once never grows old.
class RareEvidence final : public SignalEvidence {
 public:
  RareEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan& signal, const Past& past);

  void AddUnit(Cohort cohort, const std::string& host) override;
  void Observe(absl::Span<const UnitTick> ticks, absl::Time time) override;
  double HarmEvidence() const override { return HarmEvidenceWithout(kNobody); }
  double HarmEvidenceWithout(int unit) const override;
  bool HasData(Cohort cohort) const override;
  void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const override;

 private:
  static constexpr int kNobody = -1;
  struct UnitState {
    Cohort cohort;
    double events = 0;
    double hours = 0;
    double counted = 0;  // events that are the first of their minute
    absl::Time last_counted = absl::InfinitePast();
  };
  stats::CohortSums Sums(Cohort cohort) const;

  const haldane::v1::SignalPlan signal_;
  const Past past_;
  std::vector<UnitState> units_;
  // Interval and proof of absence treat hosts as any rate does.
  stats::CountSignal rate_;
};

}  // namespace haldane::controller
