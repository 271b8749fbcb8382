#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/evidence/signal_evidence.h"
#include "stats/drift_signal.h"

namespace haldane::controller {

// A level that must not grow faster on the canary: memory, descriptors, threads
// (stats/drift_signal.h). Levels themselves are shown and not judged: a new
// revision may rightly hold more, and a young process holds less.
//
// In windows of thirty seconds each process has its lowest reading, which for
// memory is the level after garbage collection; a host's increment is the mean
// over the processes that were there in both windows.
class DriftEvidence final : public SignalEvidence {
 public:
  DriftEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan& signal, const Past& past);

  void AddUnit(Cohort cohort, const std::string& host) override;
  void Observe(absl::Span<const UnitTick> ticks, absl::Time time) override;
  double HarmEvidence() const override { return drift_.HarmEvidence(); }
  double HarmEvidenceWithout(int unit) const override { return drift_.EvidenceWithout(unit); }
  bool HasData(Cohort cohort) const override;
  void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const override;

 private:
  struct UnitState {
    Cohort cohort;
    std::map<ProcessId, double> before;  // lowest reading of the window before
    std::map<ProcessId, double> now;     // of the open one
    double level = 0;                    // mean over processes when last read
    bool known = false;
  };
  void CloseWindow();
  double MeanLevel(Cohort cohort) const;

  const haldane::v1::SignalPlan signal_;
  std::vector<UnitState> units_;
  stats::DriftSignal drift_;
  absl::Time window_began_ = absl::InfinitePast();
  double windows_ = 0;
};

}  // namespace haldane::controller
