#include "stats/drift_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "stats/gauge_drift.h"

namespace haldane::stats {
namespace {

// The weight of the finer scale, in degrees of freedom.
constexpr double kFinerScaleFreedom = 20;

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

double DriftSignal::HarmEvidence() const {
  if (scales_.front().freedom == 0) return 0;
  std::vector<HostDrift> canary;
  std::vector<HostDrift> baseline;
  for (std::size_t h = 0; h < cohorts_.size(); ++h) {
    if (totals_[h].windows == 0) continue;
    const HostDrift drift = {totals_[h].sum, static_cast<double>(totals_[h].windows)};
    (cohorts_[h] == Cohort::kCanary ? canary : baseline).push_back(drift);
  }
  return DriftLogEvidence(canary, baseline, Sigma(), options_.margin, DriftPointsWithReach());
}

}  // namespace haldane::stats
