#include "stats/binomial_interval.h"

#include <boost/math/special_functions/beta.hpp>

namespace haldane::stats {

ProbabilityInterval ClopperPearson(double successes, double trials, double confidence) {
  const double tail = (1 - confidence) / 2;
  const double failures = trials - successes;
  return {successes > 0 ? boost::math::ibeta_inv(successes, failures + 1, tail) : 0,
          failures > 0 ? boost::math::ibeta_inv(successes + 1, failures, 1 - tail) : 1};
}

}  // namespace haldane::stats
