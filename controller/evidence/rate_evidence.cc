#include "controller/evidence/rate_evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "controller/evidence/error_budget.h"
#include "controller/evidence/service_profile.h"
#include "controller/evidence/signal_values.h"
#include "plan/signals.h"
#include "stats/combination.h"
#include "stats/restarts.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;
using haldane::v1::SignalPlan;
using stats::HostTick;

// Beyond every bound: ln of the largest double is about this.
constexpr double kEnough = 700;

int PositionOf(const SignalPlan& signal, const haldane::v1::Plan& plan) {
  for (int s = 0; s < plan.signals_size(); ++s) {
    if (plan.signals(s).name() == signal.name()) return s;
  }
  return 0;
}

Cohort Other(Cohort cohort) { return cohort == Cohort::kCanary ? Cohort::kBaseline : Cohort::kCanary; }

stats::CountSignal::Options CountOptions(const haldane::v1::Plan& plan, const SignalPlan& signal,
                                         const Past& past, bool swapped) {
  using Kind = stats::CountSignal::Options::Kind;
  stats::CountSignal::Options options;
  options.tolerate_ratio = signal.tolerate_ratio();
  // A rate below the limit clears what goes up; what falls is not cleared by being low.
  options.tolerate_absolute = swapped ? 0 : signal.tolerate_absolute();
  const plan::Signal* known = plan::FindSignal(signal.name());
  options.kind = known->kind == plan::SignalKind::kProportion ? Kind::kProportion : Kind::kCount;
  options.profile = ProfileOf(signal.name(), past.profile);
  options.restarts = stats::PlannedStarts(static_cast<int>(plan.observe().max().seconds()));
  return options;
}

// As seen from the canary: the ratio of a side on which the cohorts have
// changed places, turned over.
stats::RatioInterval TurnedOver(const stats::RatioInterval& interval) {
  const auto over = [](double ratio) {
    return ratio > 0 ? 1 / ratio : std::numeric_limits<double>::infinity();
  };
  return {.ratio = interval.ratio > 0 ? 1 / interval.ratio : 0,
          .low = over(interval.high),
          .high = over(interval.low)};
}

// Which finding is nearest, and how many events of the canary away.
void SetFlip(const stats::CountSignal& data, const ErrorBudget& budget, Finding* finding) {
  const double to_harm = data.EventsToHarm(finding->harm_bound());
  const double to_unclear = data.EventsToUnclear(budget.missed, finding->clear_bound());
  haldane::v1::FlipDistance flip;
  const bool clear = finding->clear_evidence() >= finding->clear_bound();
  if (to_harm <= 0) {
    flip.set_to(haldane::v1::FINDING_STATE_UNDECIDED);
  } else if (std::abs(to_unclear) < to_harm) {
    flip.set_to(clear ? haldane::v1::FINDING_STATE_UNDECIDED : haldane::v1::FINDING_STATE_CLEAR);
  } else {
    flip.set_to(haldane::v1::FINDING_STATE_HARMFUL);
  }
  const double events = to_harm > 0 && std::abs(to_unclear) < to_harm ? to_unclear : to_harm;
  if (!std::isfinite(events)) return;
  flip.set_events(static_cast<int64_t>(events));
  *finding->mutable_flip() = flip;
}

}  // namespace

RateEvidence::RateEvidence(const haldane::v1::Plan& plan, const SignalPlan& signal, const Past& past)
    : signal_(signal), exposure_(plan.exposure()), past_(past) {
  if (signal.bad() != haldane::v1::DIRECTION_DOWN) {
    sides_.push_back({stats::CountSignal(CountOptions(plan, signal, past, false)), false});
  }
  if (signal.bad() == haldane::v1::DIRECTION_DOWN || signal.bad() == haldane::v1::DIRECTION_EITHER) {
    sides_.push_back({stats::CountSignal(CountOptions(plan, signal, past, true)), true});
  }
  const haldane::v1::SignalProfile* profile = FindProfile(signal.name(), past.profile);
  // The test knows one way of being bad.
  if (profile != nullptr && profile->broken_promise() && signal.bad() == haldane::v1::DIRECTION_UP) {
    const int s = PositionOf(signal, plan);
    fallback_.emplace(BudgetOf(plan, s).false_stop, static_cast<double>(plan.observe().max().seconds()),
                      absl::StrCat(plan.rollout(), "/", signal.name()));
  }
}

void RateEvidence::AddUnit(Cohort cohort, const std::string& host) {
  units_.push_back({.cohort = cohort, .host = host});
  for (Side& side : sides_) side.signal.AddHost(side.swapped ? Other(cohort) : cohort);
}

void RateEvidence::BeginFallback() {
  std::vector<std::pair<int, Cohort>> hosts;
  for (size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].exposure > 0) hosts.push_back({static_cast<int>(i), units_[i].cohort});
  }
  fallback_->Begin(hosts);
}

void RateEvidence::Feed(absl::Span<const HostTick> ticks) {
  if (fallback_) fallback_->Observe(ticks, signal_.tolerate_ratio());
  for (Side& side : sides_) side.signal.Observe(ticks);
}

void RateEvidence::Observe(absl::Span<const UnitTick> ticks, absl::Time) {
  std::vector<HostTick> host_ticks;
  for (const UnitTick& tick : ticks) {
    const SignalValue value = ReadSignal(signal_.name(), tick, exposure_);
    if (value.events == 0 && value.exposure == 0) continue;
    host_ticks.push_back({.host = tick.unit, .events = value.events, .exposure = value.exposure});
  }
  for (const HostTick& tick : host_ticks) {
    units_[tick.host].events += tick.events;
    units_[tick.host].exposure += tick.exposure;
  }
  if (started_) {
    Feed(host_ticks);
    return;
  }
  if (!HasData(Cohort::kCanary) || !HasData(Cohort::kBaseline)) return;

  started_ = true;
  ObservePast();
  if (fallback_) BeginFallback();
  host_ticks.clear();
  for (size_t i = 0; i < units_.size(); ++i) {
    const UnitState& unit = units_[i];
    if (unit.events == 0 && unit.exposure == 0) continue;
    host_ticks.push_back({.host = static_cast<int>(i), .events = unit.events, .exposure = unit.exposure});
  }
  Feed(host_ticks);
}

void RateEvidence::ObservePast() {
  if (past_.history == nullptr) return;
  const auto& signals = past_.history->signals();
  const auto found = std::find(signals.begin(), signals.end(), signal_.name());
  if (found == signals.end()) return;
  const int s = static_cast<int>(found - signals.begin());

  // Of a host with both revisions, the past is the canary's: it is the canary
  // that is compared with what its host did before.
  std::map<std::string, int> unit_of;
  for (size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].exposure == 0) continue;
    const auto [it, first] = unit_of.try_emplace(units_[i].host, static_cast<int>(i));
    if (!first && units_[i].cohort == Cohort::kCanary) it->second = static_cast<int>(i);
  }
  std::map<uint32_t, std::vector<HostTick>, std::greater<>> by_second;  // longest ago first
  for (const haldane::v1::HostHistory& host : past_.history->hosts()) {
    const auto unit = unit_of.find(host.host());
    if (unit == unit_of.end()) continue;
    for (const haldane::v1::HistorySecond& second : host.seconds()) {
      if (s >= second.events_size() || s >= second.exposure_size()) continue;
      by_second[second.before()].push_back({.host = unit->second,
                                            .events = static_cast<double>(second.events(s)),
                                            .exposure = static_cast<double>(second.exposure(s))});
    }
  }
  if (by_second.empty()) return;
  same_hosts_ = true;
  const uint32_t oldest = by_second.begin()->first;
  for (uint32_t before = oldest; before >= 1; --before) {
    const auto ticks = by_second.find(before);
    for (Side& side : sides_) {
      side.signal.ObserveBefore(ticks == by_second.end() ? absl::Span<const HostTick>() : ticks->second);
    }
  }
}

double RateEvidence::HarmEvidence() const {
  if (!started_) return 0;
  if (fallback_) return fallback_->rejected() ? kEnough : 0;
  if (sides_.size() == 1) return sides_[0].signal.HarmEvidence();
  return stats::WeightedLogEvidence({sides_[0].signal.HarmEvidence(), sides_[1].signal.HarmEvidence()},
                                    {0.5, 0.5});
}

double RateEvidence::HarmEvidenceWithout(int unit) const {
  if (!started_) return 0;
  if (fallback_) return HarmEvidence();
  if (sides_.size() == 1) return sides_[0].signal.EvidenceWithout(unit);
  return stats::WeightedLogEvidence(
      {sides_[0].signal.EvidenceWithout(unit), sides_[1].signal.EvidenceWithout(unit)}, {0.5, 0.5});
}

bool RateEvidence::HasData(Cohort cohort) const {
  return std::any_of(units_.begin(), units_.end(),
                     [&](const UnitState& unit) { return unit.cohort == cohort && unit.exposure > 0; });
}

void RateEvidence::AddTotals(Finding* finding) const {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    stats::CohortSums sums;
    for (const UnitState& unit : units_) {
      if (unit.cohort != cohort) continue;
      sums.hosts += unit.exposure > 0;
      sums.events += unit.events;
      sums.exposure += unit.exposure;
    }
    SetTotals(sums, cohort == Cohort::kCanary ? finding->mutable_canary() : finding->mutable_baseline());
  }
}

// Each end of the interval is at the level at which it decides, so that what is
// shown and what is decided agree: a lower end beyond the tolerance is harmful,
// an upper end below it is clear. (Interval gives each end half of its level.)
void RateEvidence::Describe(const ErrorBudget& budget, Finding* finding) const {
  AddTotals(finding);
  if (!started_) return;
  finding->set_basis(fallback_     ? haldane::v1::EVIDENCE_BASIS_PERMUTATION
                     : same_hosts_ ? haldane::v1::EVIDENCE_BASIS_SAME_HOSTS
                                   : BasisOf(signal_.name(), past_.profile));
  finding->set_harm_evidence(HarmEvidence());
  constexpr double kMostAlpha = 0.999;
  const double alpha = budget.false_stop / static_cast<double>(sides_.size());
  double low = 0, high = std::numeric_limits<double>::infinity(), clear = HUGE_VAL;
  for (const Side& side : sides_) {
    const stats::RatioInterval harm = side.signal.Interval(std::min(2 * alpha, kMostAlpha));
    const stats::RatioInterval safe = side.signal.Interval(std::min(2 * budget.missed, kMostAlpha));
    const stats::RatioInterval seen_harm = side.swapped ? TurnedOver(harm) : harm;
    const stats::RatioInterval seen_safe = side.swapped ? TurnedOver(safe) : safe;
    finding->set_ratio(seen_harm.ratio);
    // The end that harm would cross is at the harm level, the other at the level of a miss.
    low = std::max(low, side.swapped ? seen_safe.low : seen_harm.low);
    high = std::min(high, side.swapped ? seen_harm.high : seen_safe.high);
    clear = std::min(clear, side.signal.ClearEvidence(budget.missed));
  }
  finding->set_ratio_low(low);
  finding->set_ratio_high(high);
  finding->set_clear_evidence(clear);
  if (sides_.size() == 1 && !sides_[0].swapped && !fallback_) SetFlip(sides_[0].signal, budget, finding);
}

}  // namespace haldane::controller
