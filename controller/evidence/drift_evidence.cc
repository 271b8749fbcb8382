#include "controller/evidence/drift_evidence.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace haldane::controller {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(30);
constexpr double kWindowsPerHour = 120;

double ReadLevel(absl::string_view name, const haldane::v1::Gauges& gauges) {
  if (name == "proc.rss") return static_cast<double>(gauges.rss_bytes());
  if (name == "proc.fds") return gauges.fds();
  return gauges.threads();
}

stats::DriftSignal::Options DriftOptions(const haldane::v1::SignalPlan& signal) {
  // Memory moves in pages, the others one by one.
  return {.margin = signal.tolerate_absolute() / kWindowsPerHour,
          .resolution = signal.name() == "proc.rss" ? 4096.0 : 1.0};
}

}  // namespace

DriftEvidence::DriftEvidence(const haldane::v1::Plan&, const haldane::v1::SignalPlan& signal, const Past&)
    : signal_(signal), drift_(DriftOptions(signal)) {}

void DriftEvidence::AddUnit(Cohort cohort, const std::string&) {
  units_.push_back({.cohort = cohort});
  drift_.AddHost(cohort);
}

void DriftEvidence::Observe(absl::Span<const UnitTick> ticks, absl::Time time) {
  if (window_began_ == absl::InfinitePast()) window_began_ = time;
  if (time - window_began_ >= kWindow) {
    CloseWindow();
    window_began_ = time;
  }
  for (const UnitTick& tick : ticks) {
    if (tick.levels.empty()) continue;
    UnitState& unit = units_[tick.unit];
    double sum = 0;
    for (const auto& [process, gauges] : tick.levels) {
      const double level = ReadLevel(signal_.name(), gauges);
      sum += level;
      const auto [it, first] = unit.now.try_emplace(process, level);
      if (!first) it->second = std::min(it->second, level);
    }
    unit.level = sum / static_cast<double>(tick.levels.size());
    unit.known = true;
  }
}

void DriftEvidence::CloseWindow() {
  std::vector<stats::HostIncrement> increments;
  for (size_t i = 0; i < units_.size(); ++i) {
    UnitState& unit = units_[i];
    double sum = 0;
    int both = 0;
    for (const auto& [process, level] : unit.now) {
      const auto before = unit.before.find(process);
      if (before == unit.before.end()) continue;
      sum += level - before->second;
      ++both;
    }
    if (both > 0) increments.push_back({.host = static_cast<int>(i), .increment = sum / both});
    unit.before = std::exchange(unit.now, {});
  }
  drift_.Observe(increments);
  windows_ += 1;
}

bool DriftEvidence::HasData(Cohort cohort) const {
  return std::any_of(units_.begin(), units_.end(),
                     [&](const UnitState& unit) { return unit.cohort == cohort && unit.known; });
}

double DriftEvidence::MeanLevel(Cohort cohort) const {
  double sum = 0, hosts = 0;
  for (const UnitState& unit : units_) {
    if (unit.cohort != cohort || !unit.known) continue;
    sum += unit.level;
    hosts += 1;
  }
  return hosts > 0 ? sum / hosts : 0;
}

void DriftEvidence::Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    stats::CohortSums sums;
    for (const UnitState& unit : units_) sums.hosts += unit.cohort == cohort && unit.known;
    sums.exposure = windows_ / kWindowsPerHour * sums.hosts;
    SetTotals(sums, cohort == Cohort::kCanary ? finding->mutable_canary() : finding->mutable_baseline());
  }
  finding->set_basis(haldane::v1::EVIDENCE_BASIS_COLD);
  finding->set_harm_evidence(drift_.HarmEvidence());
  finding->set_clear_evidence(drift_.ClearEvidence());
  constexpr double kMostAlpha = 0.999;
  const stats::DriftInterval harm = drift_.Interval(std::min(2 * budget.false_stop, kMostAlpha));
  const stats::DriftInterval safe = drift_.Interval(std::min(2 * budget.missed, kMostAlpha));
  haldane::v1::Drift* drift = finding->mutable_drift();
  drift->set_per_hour(harm.estimate * kWindowsPerHour);
  drift->set_low(harm.low * kWindowsPerHour);
  drift->set_high(safe.high * kWindowsPerHour);
  drift->set_tolerated(signal_.tolerate_absolute());
  drift->set_canary_level(MeanLevel(Cohort::kCanary));
  drift->set_baseline_level(MeanLevel(Cohort::kBaseline));
}

}  // namespace haldane::controller
