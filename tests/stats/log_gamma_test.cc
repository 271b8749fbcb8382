#include "stats/log_gamma.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274;

TEST(LogGammaTest, AgreesWithBoostFromTinyToLarge) {
  for (double z = 1e-8; z < 1e5; z *= 1.07) {
    EXPECT_NEAR(LogGamma(z), boost::math::lgamma(z), 1e-9) << z;
    const long double exact = boost::math::lgamma(static_cast<long double>(z)) -
                              ((z - 0.5L) * std::log(static_cast<long double>(z)) - z + kHalfLogTwoPi);
    EXPECT_NEAR(StirlingRemainder(z), static_cast<double>(exact), 1e-9) << z;
  }
}

TEST(LogGammaTest, ExcessAgreesWithADifferenceOfLogGammas) {
  for (const double a : {1e-6, 0.3, 4.0, 2500.0, 1e6}) {
    for (const double y : {1e-3, 1.0, 37.5, 1e4}) {
      const long double exact = boost::math::lgamma(static_cast<long double>(a) + y) -
                                boost::math::lgamma(static_cast<long double>(a)) -
                                (y * std::log(static_cast<long double>(y)) - y);
      EXPECT_NEAR(RisingFactorialExcess(a, y), static_cast<double>(exact), 1e-8) << a << " " << y;
    }
  }
}

TEST(LogGammaTest, ExcessStaysAccurateWhereLogGammasAreTooLargeForDoubles) {
  // For y >> a: (a - 1/2) ln y + ln(2 pi)/2 - ln Gamma(a).
  const double y = 9007199254740992.0;
  const double a = 2.5;
  EXPECT_NEAR(RisingFactorialExcess(a, y), 2 * std::log(y) + kHalfLogTwoPi - boost::math::lgamma(a), 1e-8);
}

}  // namespace
}  // namespace haldane::stats
