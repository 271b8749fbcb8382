#include "stats/log_linear_histogram.h"

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

double CountFrom(const std::vector<double>& counts, int threshold) {
  double sum = 0;
  for (std::size_t i = static_cast<std::size_t>(threshold); i < counts.size(); ++i) sum += counts[i];
  return sum;
}

}  // namespace haldane::stats
