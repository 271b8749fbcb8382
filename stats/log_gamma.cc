#include "stats/log_gamma.h"

#include <cmath>

namespace haldane::stats {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274;
constexpr double kSeriesFrom = 4;

// The asymptotic series; its first omitted term is 3617/(122400 z^15) < 3e-11.
double Series(double z) {
  const double inverse = 1 / z;
  const double x = inverse * inverse;
  const double tail = 1.0 / 1188 + x * (-691.0 / 360360 + x * (1.0 / 156));
  return inverse * (1.0 / 12 + x * (-1.0 / 360 + x * (1.0 / 1260 + x * (-1.0 / 1680 + x * tail))));
}

// ln[z (z+1) (z+2) (z+3)]: the recurrence that lifts z to where the series holds.
double LogRisingFour(double z) { return std::log((z * (z + 3)) * ((z + 1) * (z + 2))); }

double LogGammaBySeries(double z) { return (z - 0.5) * std::log(z) - z + kHalfLogTwoPi + Series(z); }

}  // namespace

double LogGamma(double z) {
  if (z >= kSeriesFrom) return LogGammaBySeries(z);
  return LogGammaBySeries(z + kSeriesFrom) - LogRisingFour(z);
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
