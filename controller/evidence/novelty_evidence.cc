#include "controller/evidence/novelty_evidence.h"

#include <algorithm>
#include <limits>

#include "controller/evidence/signal_values.h"

namespace haldane::controller {
namespace {

constexpr size_t kMaxNewClasses = 5;

}  // namespace

NoveltyEvidence::NoveltyEvidence(const haldane::v1::Plan& plan, const haldane::v1::SignalPlan&, const Past&)
    : exposure_(plan.exposure()) {}

void NoveltyEvidence::AddUnit(Cohort cohort, const std::string&) {
  units_.push_back({.cohort = cohort});
  novelty_.AddHost(cohort);
}

void NoveltyEvidence::Observe(absl::Span<const UnitTick> ticks, absl::Time) {
  std::vector<stats::HostTick> served;
  std::vector<stats::Novelty::ClassEvents> classes;
  for (const UnitTick& tick : ticks) {
    const double exposure = ReadSignal("ruby.exceptions", tick, exposure_).exposure;
    units_[tick.unit].requests += exposure;
    if (exposure > 0) served.push_back({.host = tick.unit, .events = 0, .exposure = exposure});
    for (const auto& [name, count] : tick.classes) {
      classes.push_back({.host = tick.unit, .name = name, .events = static_cast<double>(count)});
    }
  }
  novelty_.Observe(served, classes);
}

bool NoveltyEvidence::HasData(Cohort cohort) const {
  return std::any_of(units_.begin(), units_.end(),
                     [&](const UnitState& unit) { return unit.cohort == cohort && unit.requests > 0; });
}

void NoveltyEvidence::Describe(const ErrorBudget&, haldane::v1::Finding* finding) const {
  std::vector<stats::Novelty::Class> classes = novelty_.Classes();
  stats::CohortSums canary, baseline;
  for (const UnitState& unit : units_) {
    stats::CohortSums& sums = unit.cohort == Cohort::kCanary ? canary : baseline;
    sums.hosts += unit.requests > 0;
    sums.exposure += unit.requests;
  }
  for (const stats::Novelty::Class& entry : classes) {
    if (entry.baseline_first) continue;
    canary.events += entry.canary_events;
    baseline.events += entry.baseline_events;
  }
  SetTotals(canary, finding->mutable_canary());
  SetTotals(baseline, finding->mutable_baseline());

  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.log_evidence > b.log_evidence; });
  for (const stats::Novelty::Class& entry : classes) {
    if (entry.baseline_first || finding->classes_size() == static_cast<int>(kMaxNewClasses)) continue;
    haldane::v1::ClassFinding* shown = finding->add_classes();
    shown->set_name(entry.name);
    shown->set_canary(static_cast<uint64_t>(entry.canary_events));
    shown->set_baseline(static_cast<uint64_t>(entry.baseline_events));
  }
  finding->set_basis(haldane::v1::EVIDENCE_BASIS_COLD);
  finding->set_harm_evidence(HarmEvidence());
  finding->set_ratio_high(std::numeric_limits<double>::infinity());
}

}  // namespace haldane::controller
