#include "stats/log_gamma.h"

#include <cmath>

namespace haldane::stats {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274;
constexpr double kSeriesFrom = 8;

// The asymptotic series; its first omitted term is 1/(1188 z^9) < 7e-12.
double Series(double z) {
  const double inverse = 1 / z;
  const double square = inverse * inverse;
  return inverse * (1.0 / 12 + square * (-1.0 / 360 + square * (1.0 / 1260 + square * (-1.0 / 1680))));
}

// ln[z (z+1) ... (z+7)]: the recurrence that lifts z to where the series holds.
double LogRisingEight(double z) {
  const double product = (z * (z + 7)) * ((z + 1) * (z + 6)) * ((z + 2) * (z + 5)) * ((z + 3) * (z + 4));
  return std::log(product);
}

double LogGammaBySeries(double z) { return (z - 0.5) * std::log(z) - z + kHalfLogTwoPi + Series(z); }

}  // namespace

double LogGamma(double z) {
  if (z >= kSeriesFrom) return LogGammaBySeries(z);
  return LogGammaBySeries(z + kSeriesFrom) - LogRisingEight(z);
}

double StirlingRemainder(double z) {
  if (z >= kSeriesFrom) return Series(z);
  return LogGamma(z) - ((z - 0.5) * std::log(z) - z + kHalfLogTwoPi);
}

double RisingFactorialExcess(double a, double y) {
  if (y == 0) return 0;
  return y * std::log1p(a / y) + (a - 0.5) * std::log1p(y / a) + StirlingRemainder(a + y) -
         StirlingRemainder(a);
}

}  // namespace haldane::stats
