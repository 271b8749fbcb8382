#include "benchmarks/verdicts/oracle.h"

#include <cmath>

#include "stats/poisson_ratio.h"

namespace haldane::benchmarks {

double WaldSeconds(double ratio, const Cohorts& cohorts, double rate, double alpha) {
  const double n = cohorts.canary;
  const double m = cohorts.baseline;
  const double null = n / (n + m);
  const double share = ratio * n / (ratio * n + m);
  const double per_event = share * std::log(share / null) + (1 - share) * std::log((1 - share) / (1 - null));
  const double events = rate * (ratio * n + m);
  return -std::log(alpha) / (events * per_event);
}

double RateForWaldSeconds(double ratio, const Cohorts& cohorts, double seconds, double alpha) {
  return WaldSeconds(ratio, cohorts, 1, alpha) / seconds;
}

Decision OracleSprt::Observe(const Second& second) {
  const HostSecond canary = Total(second.canary);
  const HostSecond baseline = Total(second.baseline);
  if (canary.exposure > 0 && baseline.exposure > 0) {
    score_ += stats::PairLogLikelihoodRatio(
        {canary.events, baseline.events, canary.exposure, baseline.exposure}, ratio_, 1);
  }
  return score_ > -std::log(alpha_) ? Decision::kStop : Decision::kContinue;
}

}  // namespace haldane::benchmarks
