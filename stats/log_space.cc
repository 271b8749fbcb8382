#include "stats/log_space.h"

#include <algorithm>
#include <cmath>

namespace haldane::stats {

double LogAdd(double a, double b) {
  const double high = std::max(a, b);
  const double low = std::min(a, b);
  if (low == -kInfinity) return high;
  return high + std::log1p(std::exp(low - high));
}

double LogSum(absl::Span<const double> logs) {
  double high = -kInfinity;
  for (const double x : logs) high = std::max(high, x);
  if (high == -kInfinity) return high;
  double sum = 0;
  for (const double x : logs) sum += std::exp(x - high);
  return high + std::log(sum);
}

double Probability(double log_odds) {
  // e^-|x| never overflows, and the small one of p and 1-p is formed directly.
  const double tail = std::exp(-std::fabs(log_odds));
  return log_odds >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
}

double LogRatio(double x, double m) {
  const double ratio = x / m;
  // Near one the difference is exact, and its logarithm keeps all digits.
  return ratio > 0.5 && ratio < 2 ? std::log1p((x - m) / m) : std::log(ratio);
}

double Divergence(double x, double m) {
  if (x == 0) return m;
  // A rounding error of the order of 1e-16 must not make it negative.
  return std::max(0.0, x * LogRatio(x, m) - (x - m));
}

}  // namespace haldane::stats
