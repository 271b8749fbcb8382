#include "controller/evidence/distribution_evidence.h"

#include <algorithm>
#include <limits>

#include "base/log_linear.h"
#include "stats/restarts.h"

namespace haldane::controller {
namespace {

using haldane::v1::Histogram;

const Histogram& ValuesOf(absl::string_view name, const haldane::v1::Counters& counters) {
  return name == "ruby.gc.pause" ? counters.gc_pause() : counters.http_latency();
}

stats::DistributionSignal::Options DistributionOptions(const haldane::v1::Plan& plan,
                                                       const haldane::v1::SignalPlan& signal) {
  stats::DistributionSignal::Options options;
  options.quantiles.assign(signal.quantiles().begin(), signal.quantiles().end());
  options.tolerate_ratio = signal.tolerate_ratio();
  options.bits = HALDANE_DURATION_BITS;
  options.buckets = HALDANE_DURATION_BUCKETS;
  options.restarts = stats::PlannedStarts(static_cast<int>(plan.observe().max().seconds()));
  return options;
}

}  // namespace

DistributionEvidence::DistributionEvidence(const haldane::v1::Plan& plan,
                                           const haldane::v1::SignalPlan& signal, const Past&)
    : signal_(signal), distribution_(DistributionOptions(plan, signal)) {}

void DistributionEvidence::AddUnit(Cohort cohort, const std::string&) {
  units_.push_back({.cohort = cohort});
  distribution_.AddHost(cohort);
}

void DistributionEvidence::Observe(absl::Span<const UnitTick> ticks, absl::Time) {
  std::vector<std::vector<stats::BucketCount>> counts(ticks.size());
  std::vector<stats::HostBuckets> hosts;
  for (size_t i = 0; i < ticks.size(); ++i) {
    for (const Histogram::Bucket& bucket : ValuesOf(signal_.name(), ticks[i].counters).buckets()) {
      const uint32_t index = std::min<uint32_t>(bucket.index(), HALDANE_DURATION_OVERFLOW);
      counts[i].push_back({.bucket = static_cast<int>(index), .count = static_cast<double>(bucket.count())});
      units_[ticks[i].unit].values += static_cast<double>(bucket.count());
    }
    if (!counts[i].empty()) hosts.push_back({.host = ticks[i].unit, .counts = counts[i]});
  }
  distribution_.Observe(hosts);
}

bool DistributionEvidence::HasData(Cohort cohort) const {
  return std::any_of(units_.begin(), units_.end(),
                     [&](const UnitState& unit) { return unit.cohort == cohort && unit.values > 0; });
}

void DistributionEvidence::Describe(const ErrorBudget& budget, haldane::v1::Finding* finding) const {
  for (const Cohort cohort : {Cohort::kCanary, Cohort::kBaseline}) {
    stats::CohortSums sums;
    for (const UnitState& unit : units_) {
      if (unit.cohort != cohort) continue;
      sums.hosts += unit.values > 0;
      sums.exposure += unit.values;
    }
    SetTotals(sums, cohort == Cohort::kCanary ? finding->mutable_canary() : finding->mutable_baseline());
  }
  finding->set_basis(haldane::v1::EVIDENCE_BASIS_COLD);
  finding->set_harm_evidence(distribution_.HarmEvidence());
  finding->set_clear_evidence(distribution_.ClearEvidence(budget.missed));

  // The finding's ratio is that of the quantile that is worst for the canary.
  constexpr double kMostAlpha = 0.999;
  finding->set_ratio_high(std::numeric_limits<double>::infinity());
  for (int i = 0; i < distribution_.quantiles(); ++i) {
    const double q = signal_.quantiles(i);
    haldane::v1::QuantileFinding* quantile = finding->add_quantiles();
    quantile->set_quantile(q);
    quantile->set_canary(distribution_.Estimate(Cohort::kCanary, q));
    quantile->set_baseline(distribution_.Estimate(Cohort::kBaseline, q));
    quantile->set_ratio_high(std::numeric_limits<double>::infinity());
    if (distribution_.Threshold(i) == 0) continue;  // not frozen yet
    const stats::CountSignal& share = distribution_.Quantile(i);
    const stats::RatioInterval harm = share.Interval(std::min(2 * budget.false_stop, kMostAlpha));
    const stats::RatioInterval safe = share.Interval(std::min(2 * budget.missed, kMostAlpha));
    quantile->set_threshold(distribution_.Threshold(i));
    quantile->set_ratio(harm.ratio);
    quantile->set_ratio_low(harm.low);
    quantile->set_ratio_high(safe.high);
    quantile->set_harm_evidence(share.HarmEvidence());
    quantile->set_clear_evidence(share.ClearEvidence(budget.missed));
    if (quantile->baseline() > 0 && quantile->canary() / quantile->baseline() > finding->ratio()) {
      finding->set_ratio(quantile->canary() / quantile->baseline());
    }
  }
}

}  // namespace haldane::controller
