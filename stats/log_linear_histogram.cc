#include "stats/log_linear_histogram.h"

#include <algorithm>
#include <cstddef>

#include "base/log_linear.h"

namespace haldane::stats {

int LogLinearBuckets::Index(std::uint64_t value) const {
  return static_cast<int>(haldane_log_linear_index(value, static_cast<std::uint32_t>(bits_)));
}

std::uint64_t LogLinearBuckets::Edge(int index) const {
  return haldane_log_linear_edge(static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(bits_));
}

int QuantileThreshold(const std::vector<double>& counts, double quantile) {
  const double total = CountFrom(counts, 0);
  double above = total;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (above <= (1 - quantile) * total) return static_cast<int>(i);
    above -= counts[i];
  }
  return static_cast<int>(counts.size());
}

double InterpolatedQuantile(const LogLinearBuckets& buckets, const std::vector<double>& counts,
                            double quantile) {
  const double wanted = quantile * CountFrom(counts, 0);
  if (!(wanted > 0)) return 0;
  double below = 0;
  int last = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (!(counts[i] > 0)) continue;
    last = static_cast<int>(i);
    if (below + counts[i] >= wanted) break;
    below += counts[i];
  }
  const auto low = static_cast<double>(buckets.Edge(last));
  const auto high = static_cast<double>(buckets.Edge(last + 1));
  return low + (high - low) * std::clamp((wanted - below) / counts[last], 0.0, 1.0);
}

double CountFrom(const std::vector<double>& counts, int threshold) {
  double sum = 0;
  for (std::size_t i = static_cast<std::size_t>(threshold); i < counts.size(); ++i) sum += counts[i];
  return sum;
}

}  // namespace haldane::stats
