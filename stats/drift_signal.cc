#include "stats/drift_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "stats/gauge_drift.h"

namespace haldane::stats {
namespace {

// The weight of the finer scale, in degrees of freedom.
constexpr double kFinerScaleFreedom = 20;

constexpr int kNobody = -1;

double MeanSlope(const std::vector<HostDrift>& hosts) {
  double sum = 0;
  for (const HostDrift& host : hosts) sum += host.sum / host.windows;
  return sum / static_cast<double>(hosts.size());
}

// The smallest distance, to a thousandth of `unit` and rounded outward, at which
// `rejected` holds; +infinity when it does not within 2^40 units.
double Reach(const std::function<bool(double)>& rejected, double unit) {
  constexpr double kFarthest = 1099511627776.0;  // 2^40
  double high = unit;
  while (!rejected(high)) {
    high *= 2;
    if (high > kFarthest * unit) return std::numeric_limits<double>::infinity();
  }
  double low = high == unit ? 0 : high / 2;
  while (high - low > unit / 1000) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;  // neighbours: nothing lies between
    (rejected(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

DriftSignal::DriftSignal(const Options& options)
    : options_(options), scales_{{.length = 1}, {.length = 4}, {.length = 16}} {}

int DriftSignal::AddHost(Cohort cohort) {
  cohorts_.push_back(cohort);
  totals_.emplace_back();
  for (Scale& scale : scales_) {
    scale.current.emplace_back();
    scale.previous.emplace_back();
  }
  return static_cast<int>(cohorts_.size()) - 1;
}

void DriftSignal::Observe(absl::Span<const HostIncrement> window) {
  const auto add = [](Cell& cell, double increment) {
    cell.sum += increment;
    ++cell.windows;
  };
  for (const HostIncrement& host : window) {
    if (host.host < 0 || host.host >= static_cast<int>(totals_.size())) continue;
    if (!std::isfinite(host.increment)) continue;
    add(totals_[host.host], host.increment);
    for (Scale& scale : scales_) add(scale.current[host.host], host.increment);
  }
  for (Scale& scale : scales_) {
    if (++scale.filled < scale.length) continue;
    Compare(scale);
    scale.filled = 0;
    std::swap(scale.previous, scale.current);
    scale.current.assign(scale.current.size(), Cell{});
  }
}

void DriftSignal::Compare(Scale& scale) {
  // Only hosts that reported in every window of both blocks: sums over fewer
  // windows vary less.
  std::vector<double> differences;
  double mean = 0;
  for (std::size_t h = 0; h < scale.current.size(); ++h) {
    if (scale.current[h].windows != scale.length || scale.previous[h].windows != scale.length) continue;
    differences.push_back(scale.current[h].sum - scale.previous[h].sum);
    mean += differences.back();
  }
  if (differences.size() < 2) return;
  mean /= static_cast<double>(differences.size());
  for (const double difference : differences) {
    scale.squares += (difference - mean) * (difference - mean) / (2.0 * scale.length);
  }
  scale.freedom += static_cast<double>(differences.size()) - 1;
}

double DriftSignal::Sigma() const {
  double largest = options_.resolution * options_.resolution;
  double finer = largest;
  double weight = 0;  // of the finer scale; none below the finest
  for (const Scale& scale : scales_) {
    if (scale.freedom > 0) finer = (weight * finer + scale.squares) / (weight + scale.freedom);
    largest = std::max(largest, finer);
    weight = kFinerScaleFreedom;
  }
  return std::sqrt(largest);
}

DriftSignal::Sides DriftSignal::HostDrifts(int excluded) const {
  Sides sides;
  for (std::size_t h = 0; h < cohorts_.size(); ++h) {
    if (totals_[h].windows == 0 || static_cast<int>(h) == excluded) continue;
    const HostDrift drift = {totals_[h].sum, static_cast<double>(totals_[h].windows)};
    (cohorts_[h] == Cohort::kCanary ? sides.canary : sides.baseline).push_back(drift);
  }
  return sides;
}

double DriftSignal::EvidenceAbove(double margin) const {
  if (scales_.front().freedom == 0) return 0;
  const Sides sides = HostDrifts(kNobody);
  return DriftLogEvidence(sides.canary, sides.baseline, Sigma(), margin, DriftPointsWithReach());
}

double DriftSignal::EvidenceBelow(double margin) const {
  if (scales_.front().freedom == 0) return 0;
  const Sides sides = HostDrifts(kNobody);
  return DriftLogEvidence(sides.baseline, sides.canary, Sigma(), -margin, DriftPointsWithReach());
}

double DriftSignal::EvidenceWithout(int host) const {
  if (scales_.front().freedom == 0) return 0;
  const Sides sides = HostDrifts(host);
  return DriftLogEvidence(sides.canary, sides.baseline, Sigma(), options_.margin, DriftPointsWithReach());
}

DriftInterval DriftSignal::Interval(double alpha) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Sides sides = HostDrifts(kNobody);
  if (scales_.front().freedom == 0 || sides.canary.empty() || sides.baseline.empty()) {
    return {0, -kInfinity, kInfinity};
  }
  const double estimate = MeanSlope(sides.canary) - MeanSlope(sides.baseline);
  const double bound = std::log(2 / alpha);
  const double sigma = Sigma();
  return {estimate, estimate - Reach([&](double d) { return EvidenceAbove(estimate - d) >= bound; }, sigma),
          estimate + Reach([&](double d) { return EvidenceBelow(estimate + d) >= bound; }, sigma)};
}

}  // namespace haldane::stats
