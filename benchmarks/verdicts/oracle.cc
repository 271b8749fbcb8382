#include "benchmarks/verdicts/oracle.h"

#include <cmath>

#include "stats/planner.h"
#include "stats/poisson_ratio.h"

namespace haldane::benchmarks {

double WaldSeconds(double ratio, const Cohorts& cohorts, double rate, double alpha) {
  const stats::RolloutShape shape{.canary_hosts = static_cast<double>(cohorts.canary),
                                  .baseline_hosts = static_cast<double>(cohorts.baseline),
                                  .rate = rate};
  return stats::OracleDetection(shape, ratio, alpha).seconds;
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
