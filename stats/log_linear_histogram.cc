#include "stats/log_linear_histogram.h"

#include <bit>
#include <cstddef>

namespace haldane::stats {

int LogLinearBuckets::Index(std::uint64_t value) const {
  const std::uint64_t linear = std::uint64_t{1} << bits_;
  if (value < linear) return static_cast<int>(value);
  const int exponent = std::bit_width(value) - 1;  // 2^exponent <= value
  const int octave = exponent - bits_;
  const auto within = static_cast<int>((value >> octave) - linear);
  return static_cast<int>(linear) * (octave + 1) + within;
}

std::uint64_t LogLinearBuckets::Edge(int index) const {
  const int linear = 1 << bits_;
  if (index < linear) return static_cast<std::uint64_t>(index);
  const int octave = index / linear - 1;
  const int within = index % linear;
  return static_cast<std::uint64_t>(linear + within) << octave;
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
