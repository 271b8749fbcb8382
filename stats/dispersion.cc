#include "stats/dispersion.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace haldane::stats {
namespace {

// The weight of the finer scale, in degrees of freedom.
constexpr double kPriorFreedom = 20;
// The weight of what is usual for the service.
constexpr double kUsualFreedom = 50;

}  // namespace

Dispersion::Dispersion(std::vector<int> scales, absl::Span<const double> usual) {
  int below = 1;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales_.push_back({.length = scales[i] / below, .usual = i < usual.size() ? usual[i] : 0});
    below = scales[i];
  }
}

void Dispersion::AddTick(absl::Span<const HostTick> hosts) {
  tick_.assign(tick_.size(), Cell{});
  for (const HostTick& host : hosts) {
    const std::size_t index = static_cast<std::size_t>(host.host);
    if (index >= tick_.size()) tick_.resize(index + 1);
    tick_[index].events += host.events;
    tick_[index].exposure += host.exposure;
  }
  AddBlock(0, tick_);
}

void Dispersion::StartAfresh() {
  for (Scale& scale : scales_) {
    scale.filled = 0;
    scale.current.assign(scale.current.size(), Cell{});
    scale.previous.assign(scale.previous.size(), Cell{});
  }
}

void Dispersion::AddBlock(int index, const std::vector<Cell>& block) {
  Scale& scale = scales_[index];
  scale.current.resize(block.size());
  scale.previous.resize(block.size());
  for (std::size_t h = 0; h < block.size(); ++h) {
    scale.current[h].events += block[h].events;
    scale.current[h].exposure += block[h].exposure;
  }
  if (++scale.filled < scale.length) return;
  scale.filled = 0;
  Compare(scale.previous, scale.current, scale.sums);
  if (index + 1 < static_cast<int>(scales_.size())) AddBlock(index + 1, scale.current);
  std::swap(scale.previous, scale.current);
  scale.current.assign(scale.current.size(), Cell{});
}

void Dispersion::Compare(const std::vector<Cell>& before, const std::vector<Cell>& after, Sums& sums) {
  int hosts = 0;
  Cell total_before;
  Cell total_after;
  const auto in_both = [&](std::size_t h) { return before[h].exposure > 0 && after[h].exposure > 0; };
  for (std::size_t h = 0; h < after.size(); ++h) {
    if (!in_both(h)) continue;
    ++hosts;
    total_before.events += before[h].events;
    total_before.exposure += before[h].exposure;
    total_after.events += after[h].events;
    total_after.exposure += after[h].exposure;
  }
  if (hosts < 2) return;
  const double correction = static_cast<double>(hosts) / (hosts - 1);
  for (std::size_t h = 0; h < after.size(); ++h) {
    if (!in_both(h)) continue;
    const double expected_before = total_before.events * (before[h].exposure / total_before.exposure);
    const double expected_after = total_after.events * (after[h].exposure / total_after.exposure);
    const double expected = expected_before + expected_after;
    if (expected == 0) continue;
    const double seen = before[h].events + after[h].events;
    const double p = expected_after / expected;
    const double q = expected_before / expected;
    const double residual = after[h].events * q - before[h].events * p;
    const double variance = seen * p * q;
    sums.ss += correction * residual * residual;
    sums.se += variance;
    sums.se2 += variance + 2 * variance * variance;
  }
}

double Dispersion::Phi(double floor) const {
  double phi = 1;
  double largest = floor;
  for (const Scale& scale : scales_) {
    const Sums& sums = scale.sums;
    const bool known = scale.usual > 0;
    const double prior = known ? scale.usual : phi;
    const double prior_freedom = known ? kUsualFreedom : kPriorFreedom;
    phi = prior;
    if (sums.se2 > 0) {
      const double freedom = 2 * sums.se * (sums.se / sums.se2);
      // freedom * ss / se, without dividing by what may be tiny.
      const double weighted = 2 * sums.ss * (sums.se / sums.se2);
      phi = (prior_freedom * prior + weighted) / (prior_freedom + freedom);
    }
    largest = std::max(largest, phi);
  }
  return largest;
}

}  // namespace haldane::stats
