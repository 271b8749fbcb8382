#pragma once

#include <memory>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "controller/evidence/unit_tick.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/profile.pb.h"
#include "haldane/v1/verdict.pb.h"
#include "stats/cohort.h"

namespace haldane::controller {

using stats::Cohort;

// What a verdict may cost, as probabilities.
struct ErrorBudget {
  double false_stop;  // this signal's part
  double missed;
};

// What is known of a service before its rollout begins; either may be null.
// Must outlive what is made from it.
struct Past {
  const haldane::v1::Profile* profile = nullptr;
  const haldane::v1::History* history = nullptr;
};

// Everything that the ticks of a rollout say about one signal: the one place
// where messages meet statistics. One kind of signal, one implementation. Pure
// and deterministic; only AddUnit and Observe change it. Not thread-safe.
class SignalEvidence {
 public:
  virtual ~SignalEvidence() = default;

  // A unit joins. Its index is the number of units before it.
  virtual void AddUnit(Cohort cohort, const std::string& host) = 0;

  // One tick: the units that had anything to say, by index. Called every
  // second, also with nothing. `time` never decreases.
  virtual void Observe(absl::Span<const UnitTick> ticks, absl::Time time) = 0;

  // ln e-value against "the canary is within tolerance"; 0 with no data.
  virtual double HarmEvidence() const = 0;

  // The same had this unit never reported, where that can be said; else
  // HarmEvidence().
  virtual double HarmEvidenceWithout(int unit) const = 0;

  // False until this cohort has anything to divide events by.
  virtual bool HasData(Cohort cohort) const = 0;

  // Fills in totals, estimate, interval, both kinds of evidence, the basis and
  // what belongs to the kind of signal; not the state. Both bounds are set
  // already and may be changed.
  virtual void Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const = 0;
};

// Copies sums into a finding.
void SetTotals(const stats::CohortSums& sums, haldane::v1::CohortTotals* totals);

// For a signal of the plan; the name must be one of plan/signals.h.
std::unique_ptr<SignalEvidence> MakeSignalEvidence(const haldane::v1::Plan& plan,
                                                   const haldane::v1::SignalPlan& signal, const Past& past);

}  // namespace haldane::controller
