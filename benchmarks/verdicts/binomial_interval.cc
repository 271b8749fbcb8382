#include "benchmarks/verdicts/binomial_interval.h"

#include <boost/math/special_functions/beta.hpp>

namespace haldane::benchmarks {

Share ShareOf(int hits, int runs) {
  const double k = hits;
  const double n = runs;
  return {k / n, hits == 0 ? 0 : boost::math::ibeta_inv(k, n - k + 1, 0.025),
          hits == runs ? 1 : boost::math::ibeta_inv(k + 1, n - k, 0.975)};
}

}  // namespace haldane::benchmarks
