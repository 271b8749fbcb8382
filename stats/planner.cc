#include "stats/planner.h"

#include <cmath>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// Standard normal quantile of 80 %.
constexpr double kPower = 0.84;

double HostVariance(const RolloutShape& shape) {
  return shape.host_spread * shape.host_spread * (1 / shape.canary_hosts + 1 / shape.baseline_hosts);
}

// Variance of the log rate ratio after one second, hosts' own spread aside.
double TimeVariance(const RolloutShape& shape) {
  return shape.dispersion / shape.rate * (1 / shape.canary_hosts + 1 / shape.baseline_hosts);
}

// V*: the largest variance at which the ratio is still told from the null.
double NeededVariance(double ratio, double alpha, double overhead, double null_ratio) {
  const double effect = std::log(ratio / null_ratio);
  return effect * effect / (2 * (overhead - std::log(alpha)));
}

}  // namespace

WaldBound OracleDetection(const RolloutShape& shape, double ratio, double alpha, double null_ratio) {
  return OracleBound({shape.canary_hosts, shape.baseline_hosts, shape.rate}, ratio, alpha, null_ratio);
}

double ExpectedDetectionSeconds(const RolloutShape& shape, double ratio, double alpha, double overhead,
                                double null_ratio) {
  const double room = 1 - HostVariance(shape) / NeededVariance(ratio, alpha, overhead, null_ratio);
  if (!(room > 0)) return kInfinity;
  const WaldBound bound = OracleDetection(shape, ratio, alpha, null_ratio);
  return shape.dispersion * bound.seconds * (1 - overhead / std::log(alpha)) / room;
}

double CanaryHostsNeeded(const RolloutShape& shape, double ratio, double alpha, double overhead,
                         double null_ratio) {
  const double spread = shape.host_spread * shape.host_spread;
  const double room = NeededVariance(ratio, alpha, overhead, null_ratio) - spread / shape.baseline_hosts;
  return room > 0 ? spread / room : kInfinity;
}

double DetectableRatio(const RolloutShape& shape, double seconds, double alpha, double overhead,
                       double null_ratio) {
  const double variance = TimeVariance(shape) / seconds + HostVariance(shape);
  return null_ratio *
         std::exp(std::sqrt(2 * variance * (overhead - std::log(alpha))) + kPower * std::sqrt(variance));
}

}  // namespace haldane::stats
