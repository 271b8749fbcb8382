#include "controller/evidence/rare_evidence.h"

#include <algorithm>

#include "controller/evidence/service_profile.h"
#include "controller/evidence/signal_values.h"
#include "stats/rare_event.h"

namespace haldane::controller {
namespace {

// What another time says counts half.
constexpr double kHistoryDiscount = 0.5;
constexpr absl::Duration kOncePer = absl::Minutes(1);

stats::CountSignal::Options RareOptions(const haldane::v1::SignalPlan& signal) {
  stats::CountSignal::Options options;
  options.tolerate_ratio = signal.tolerate_ratio();
  options.tolerate_absolute = signal.tolerate_absolute();
  return options;
}

}  // namespace

RareEvidence::RareEvidence(const haldane::v1::Plan&, const haldane::v1::SignalPlan& signal, const Past& past)
    : signal_(signal), past_(past), rate_(RareOptions(signal)) {}

void RareEvidence::AddUnit(Cohort cohort, const std::string&) {
  units_.push_back({.cohort = cohort});
  rate_.AddHost(cohort);
}

void RareEvidence::Observe(absl::Span<const UnitTick> ticks, absl::Time time) {
  std::vector<stats::HostTick> host_ticks;
  for (const UnitTick& tick : ticks) {
    const SignalValue value = ReadSignal(signal_.name(), tick, haldane::v1::EXPOSURE_UNIT_REQUEST);
    UnitState& unit = units_[tick.unit];
    unit.events += value.events;
    unit.hours += value.exposure;
    const bool counts = value.events > 0 && time - unit.last_counted >= kOncePer;
    if (counts) {
      unit.counted += 1;
      unit.last_counted = time;
    }
    host_ticks.push_back({.host = tick.unit, .events = counts ? 1.0 : 0.0, .exposure = value.exposure});
  }
  rate_.Observe(host_ticks);
}

double RareEvidence::HarmEvidenceWithout(int without) const {
  double canary_events = 0, canary_hours = 0, baseline_events = 0, baseline_hours = 0;
  for (size_t i = 0; i < units_.size(); ++i) {
    if (static_cast<int>(i) == without) continue;
    const UnitState& unit = units_[i];
    (unit.cohort == Cohort::kCanary ? canary_events : baseline_events) += unit.counted;
    (unit.cohort == Cohort::kCanary ? canary_hours : baseline_hours) += unit.hours;
  }
  const haldane::v1::SignalProfile* history = FindProfile(signal_.name(), past_.profile);
  const stats::RarePrior prior =
      stats::RarePriorFrom(baseline_events, baseline_hours, history == nullptr ? 0 : history->events(),
                           history == nullptr ? 0 : history->exposure(), kHistoryDiscount);
  return stats::RareEventLogEvidence(prior, canary_events, canary_hours, signal_.tolerate_ratio());
}

bool RareEvidence::HasData(Cohort cohort) const { return Sums(cohort).exposure > 0; }

stats::CohortSums RareEvidence::Sums(Cohort cohort) const {
  stats::CohortSums sums;
  for (const UnitState& unit : units_) {
    if (unit.cohort != cohort) continue;
    sums.hosts += unit.hours > 0;
    sums.events += unit.events;
    sums.exposure += unit.hours;
  }
  return sums;
}

void RareEvidence::Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const {
  SetTotals(Sums(Cohort::kCanary), finding->mutable_canary());
  SetTotals(Sums(Cohort::kBaseline), finding->mutable_baseline());
  finding->set_basis(FindProfile(signal_.name(), past_.profile) == nullptr
                         ? haldane::v1::EVIDENCE_BASIS_COLD
                         : haldane::v1::EVIDENCE_BASIS_PROFILE);
  finding->set_harm_evidence(HarmEvidence());
  finding->set_clear_evidence(rate_.ClearEvidence(budget.missed));
  constexpr double kMostAlpha = 0.999;
  const stats::RatioInterval harm = rate_.Interval(std::min(2 * budget.false_stop, kMostAlpha));
  const stats::RatioInterval safe = rate_.Interval(std::min(2 * budget.missed, kMostAlpha));
  finding->set_ratio(harm.ratio);
  finding->set_ratio_low(harm.low);
  finding->set_ratio_high(safe.high);
}

}  // namespace haldane::controller
