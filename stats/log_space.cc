#include "stats/log_space.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/lanes.h"

namespace haldane::stats {

double LogAdd(double a, double b) {
  const double high = std::max(a, b);
  const double low = std::min(a, b);
  if (low == -kInfinity) return high;
  return high + LogRatioLanes(Both(1 + ExpLanes(Both(low - high))[0]), Both(1))[0];
}

namespace {

// ln of the sum of e^(x_i), divided by `count`.
double LogSumOver(absl::Span<const double> logs, double count) {
  double high = -kInfinity;
  for (const double x : logs) high = std::max(high, x);
  if (high == -kInfinity) return high;
  Lanes sum = {0, 0};
  std::size_t i = 0;
  for (; i + 1 < logs.size(); i += 2) sum += ExpLanes(Lanes{logs[i], logs[i + 1]} - Both(high));
  if (i < logs.size()) sum[0] += ExpLanes(Both(logs[i] - high))[0];
  return high + LogRatioLanes(Both(sum[0] + sum[1]), Both(count))[0];
}

}  // namespace

double LogSum(absl::Span<const double> logs) { return LogSumOver(logs, 1); }

double LogMean(absl::Span<const double> logs) { return LogSumOver(logs, static_cast<double>(logs.size())); }

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
