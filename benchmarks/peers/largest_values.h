#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace haldane::benchmarks {

// The n-th largest of the values so far. A rule that stops at the n-th value
// beyond a limit stops exactly when this first exceeds the limit.
class LargestValues {
 public:
  explicit LargestValues(int n) : n_(static_cast<std::size_t>(n)) {}

  void Add(double value) {
    largest_.insert(std::upper_bound(largest_.begin(), largest_.end(), value, std::greater<double>()), value);
    if (largest_.size() > n_) largest_.pop_back();
  }

  double Last() const {
    return largest_.size() < n_ ? -std::numeric_limits<double>::infinity() : largest_.back();
  }

 private:
  std::size_t n_;
  std::vector<double> largest_;  // falling, at most n
};

}  // namespace haldane::benchmarks
