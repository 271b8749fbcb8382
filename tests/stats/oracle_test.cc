#include "stats/oracle.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(OracleTest, BoundMatchesReferenceValues) {
  const WaldBound even = OracleBound({5, 5, .05}, 2, .01);
  EXPECT_NEAR(even.canary_share, .666666666667, 1e-10);
  EXPECT_NEAR(even.information, .0566330122651, 1e-10);
  EXPECT_NEAR(even.events, 81.3160028364, 1e-7);
  EXPECT_NEAR(even.seconds, 108.421337115, 1e-7);
  const WaldBound few = OracleBound({3, 10, .01}, 3, .01);
  EXPECT_NEAR(few.events, 32.6826457041, 1e-7);
  EXPECT_NEAR(few.seconds, 172.013924759, 1e-7);
  const WaldBound small = OracleBound({2, 20, .2}, 1.5, .005);
  EXPECT_NEAR(small.information, .00843499066067, 1e-12);
  EXPECT_NEAR(small.seconds, 136.551203137, 1e-7);
}

TEST(OracleTest, TheTestThatIsToldTheRatioNeedsLittleMoreThanTheBound) {
  for (const double ratio : {1.5, 2.0, 5.0, 10.0}) {
    const OracleShape shape = {3, 10, .05};
    const double excess = OracleSprtEvents(shape, ratio, .01) / OracleBound(shape, ratio, .01).events;
    EXPECT_GT(excess, 1) << ratio;
    EXPECT_LT(excess, 1.3) << ratio;
  }
}

TEST(OracleTest, ItsMeanIsThatOfSimulatedPaths) {
  const OracleShape shape = {2, 2, 1};
  const double p = 0.75;  // of events under a ratio of 3
  std::mt19937_64 random(1);
  double total = 0;
  const int runs = 20000;
  for (int run = 0; run < runs; ++run) {
    double evidence = 0;
    int events = 0;
    for (; evidence < std::log(100); ++events) {
      evidence += std::bernoulli_distribution(p)(random) ? std::log(p / .5) : std::log((1 - p) / .5);
    }
    total += events;
  }
  const double exact = OracleSprtEvents(shape, 3, .01);
  EXPECT_NEAR(total / runs / exact, 1, 0.015);
  EXPECT_NEAR(OracleSprtSeconds(shape, 3, .01), exact / 8, 1e-9);
}

TEST(OracleTest, ManyEventsOvershootByNothing) {
  const OracleShape shape = {10, 10, 1};
  EXPECT_NEAR(OracleSprtEvents(shape, 1.01, .01) / OracleBound(shape, 1.01, .01).events, 1, 0.01);
}

}  // namespace
}  // namespace haldane::stats
