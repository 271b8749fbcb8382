#include "stats/poisson_ratio.h"

#include <array>
#include <cmath>

#include "stats/grids.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// ln p/(p at the null) and ln q/(q at the null) for log odds and null log odds.
struct LogShares {
  double canary;
  double baseline;
};

// ln(1 + e^x) without overflow.
double Softplus(double x) { return LogAdd(0, x); }

LogShares ShareRatios(double log_odds, double null_log_odds) {
  return {Softplus(-null_log_odds) - Softplus(-log_odds), Softplus(null_log_odds) - Softplus(log_odds)};
}

}  // namespace

double PairLogLikelihoodRatio(const PairTick& tick, double ratio, double null_ratio) {
  const double log_odds = std::log(tick.canary_exposure / tick.baseline_exposure);
  const LogShares shares = ShareRatios(log_odds + std::log(ratio), log_odds + std::log(null_ratio));
  return tick.canary_events * shares.canary + tick.baseline_events * shares.baseline;
}

double PoissonLogEvidence(double canary_events, double baseline_events, double log_odds, double null_effect) {
  const EffectGrid grid = EffectGrid::Above(null_effect);
  std::array<double, EffectGrid::kMaxSize> terms;
  for (int g = 0; g < grid.size(); ++g) {
    const LogShares shares = ShareRatios(log_odds + grid.effect(g), log_odds + null_effect);
    terms[g] = grid.log_weight(g) + canary_events * shares.canary + baseline_events * shares.baseline;
  }
  return LogSum(absl::MakeConstSpan(terms.data(), grid.size()));
}

}  // namespace haldane::stats
