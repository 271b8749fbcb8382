#pragma once

#include <cstdint>
#include <vector>

namespace haldane::stats {

// Arithmetic on log-linear histograms: every power of two is cut into 2^bits
// buckets of equal width, so a bucket is at most 1/2^bits of its value wide.
// Values below 2^bits have a bucket each.
//
// A latency distribution is compared as counts of requests slower than
// thresholds frozen before the rollout (each a CountSignal of kind kProportion):
// an upper quantile shifts if and only if the share above it does, and binning
// costs no validity because both cohorts share the edges.
class LogLinearBuckets {
 public:
  // 0 <= bits <= 10.
  explicit LogLinearBuckets(int bits) : bits_(bits) {}

  int Index(std::uint64_t value) const;
  // The smallest value of a bucket. index >= 0, at most Index(2^64 - 1).
  std::uint64_t Edge(int index) const;

 private:
  int bits_;
};

// The bucket at whose lower edge to freeze a threshold: the first above the one
// that holds the quantile, so that at most 1 - quantile of the counts lie at or
// beyond it. 0 for a histogram without counts. quantile in (0, 1).
int QuantileThreshold(const std::vector<double>& counts, double quantile);

// The value below which a share `quantile` of the counts lies, values lying
// evenly within their bucket. 0 for a histogram without counts.
double InterpolatedQuantile(const LogLinearBuckets& buckets, const std::vector<double>& counts,
                            double quantile);

// Counts in `threshold` and above.
double CountFrom(const std::vector<double>& counts, int threshold);

}  // namespace haldane::stats
