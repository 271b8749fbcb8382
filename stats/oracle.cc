#include "stats/oracle.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr int kMostEvents = 4096;

}  // namespace

WaldBound OracleBound(const OracleShape& shape, double ratio, double alpha, double null_ratio) {
  const double tilted = ratio * shape.canary_hosts;
  const double null = null_ratio * shape.canary_hosts;
  const double p = tilted / (tilted + shape.baseline_hosts);
  const double p_null = null / (null + shape.baseline_hosts);
  WaldBound bound;
  bound.canary_share = p;
  bound.information = Divergence(p, p_null) + Divergence(1 - p, 1 - p_null);
  bound.events = -std::log(alpha) / bound.information;
  bound.seconds = bound.events / (shape.rate * (tilted + shape.baseline_hosts));
  return bound;
}

double OracleSprtEvents(const OracleShape& shape, double ratio, double alpha, double null_ratio) {
  const WaldBound bound = OracleBound(shape, ratio, alpha, null_ratio);
  const double p = bound.canary_share;
  const double null = null_ratio * shape.canary_hosts;
  const double gain = std::log(p / (null / (null + shape.baseline_hosts)));
  const double loss = std::log((1 - p) / (shape.baseline_hosts / (null + shape.baseline_hosts)));
  const double target = -std::log(alpha);

  // alive[c]: probability that after n events, c of them on the canary, the
  // bound has not been reached. Reached with weight `overshoot` on average.
  std::vector<double> alive = {1};
  double stopped = 0;
  double overshoot = 0;
  for (int n = 0; n < kMostEvents; ++n) {
    std::vector<double> next(alive.size() + 1, 0);
    for (std::size_t c = 0; c < alive.size(); ++c) {
      next[c] += alive[c] * (1 - p);
      next[c + 1] += alive[c] * p;
    }
    for (std::size_t c = 0; c < next.size(); ++c) {
      const double evidence =
          static_cast<double>(c) * gain + (static_cast<double>(n) + 1 - static_cast<double>(c)) * loss;
      if (evidence < target) continue;
      stopped += next[c];
      overshoot += next[c] * (evidence - target);
      next[c] = 0;
    }
    alive.swap(next);
    if (stopped > 1 - 1e-12) break;
  }
  // Wald's identity: E[events] = (bound + mean excess) / information.
  return (target + (stopped > 0 ? overshoot / stopped : 0)) / bound.information;
}

double OracleSprtSeconds(const OracleShape& shape, double ratio, double alpha, double null_ratio) {
  return OracleSprtEvents(shape, ratio, alpha, null_ratio) /
         (shape.rate * (ratio * shape.canary_hosts + shape.baseline_hosts));
}

}  // namespace haldane::stats
