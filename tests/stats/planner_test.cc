#include "stats/planner.h"

#include <cmath>

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(PlannerTest, OracleMatchesReferenceValues) {
  const WaldBound even = OracleDetection({5, 5, .05}, 2, .01);
  EXPECT_NEAR(even.canary_share, .666666666667, 1e-10);
  EXPECT_NEAR(even.information, .0566330122651, 1e-10);
  EXPECT_NEAR(even.events, 81.3160028364, 1e-7);
  EXPECT_NEAR(even.seconds, 108.421337115, 1e-7);
  const WaldBound few = OracleDetection({3, 10, .01}, 3, .01);
  EXPECT_NEAR(few.canary_share, .473684210526, 1e-10);
  EXPECT_NEAR(few.information, .140905672927, 1e-10);
  EXPECT_NEAR(few.seconds, 172.013924759, 1e-7);
  const WaldBound small = OracleDetection({2, 20, .2}, 1.5, .005);
  EXPECT_NEAR(small.information, .00843499066067, 1e-10);
  EXPECT_NEAR(small.events, 628.135534430, 1e-6);
  EXPECT_NEAR(small.seconds, 136.551203137, 1e-7);
}

TEST(PlannerTest, AMixtureTakesSoMuchLongerThanTheOracle) {
  EXPECT_NEAR(ExpectedDetectionSeconds({5, 5, .05}, 2, .01, kOverheadWithProfile), 155.5, 0.1);
  EXPECT_NEAR(ExpectedDetectionSeconds({5, 5, .05}, 2, .01, kOverheadCold), 202.6, 0.1);
}

// A spread that takes up half of what the ratio allows doubles the time.
TEST(PlannerTest, HostsThatDifferTakeLonger) {
  const double needed = std::log(2) * std::log(2) / (2 * (std::log(100) + kOverheadCold));
  const RolloutShape shape = {5, 5, .05, std::sqrt(needed / 2 / 0.4)};
  EXPECT_NEAR(ExpectedDetectionSeconds(shape, 2, .01, kOverheadCold), 405.2, 0.2);
}

TEST(PlannerTest, HostsThatDifferTooMuchMakeWaitingUseless) {
  const RolloutShape shape = {3, 3, 10, 0.3};
  EXPECT_EQ(ExpectedDetectionSeconds(shape, 1.3, .01, kOverheadCold), kInfinity);
  EXPECT_LT(ExpectedDetectionSeconds({3, 3, 10, 0.01}, 1.3, .01, kOverheadCold), 60);
  EXPECT_EQ(CanaryHostsNeeded(shape, 1.3, .01, kOverheadCold), kInfinity);
}

TEST(PlannerTest, SaysHowManyHostsWouldDo) {
  RolloutShape shape = {3, 50, 10, 0.3};
  const double hosts = CanaryHostsNeeded(shape, 1.5, .01, kOverheadCold);
  shape.canary_hosts = hosts * 0.99;
  EXPECT_EQ(ExpectedDetectionSeconds(shape, 1.5, .01, kOverheadCold), kInfinity);
  shape.canary_hosts = hosts * 1.01;
  EXPECT_LT(ExpectedDetectionSeconds(shape, 1.5, .01, kOverheadCold), kInfinity);
}

TEST(PlannerTest, ClusteredEventsTakeAsMuchLonger) {
  RolloutShape shape = {5, 5, .05};
  const double poisson = ExpectedDetectionSeconds(shape, 2, .01, kOverheadWithProfile);
  shape.dispersion = 3;
  EXPECT_NEAR(ExpectedDetectionSeconds(shape, 2, .01, kOverheadWithProfile), 3 * poisson, 1e-6);
}

TEST(PlannerTest, DetectableRatioIsWhatTheFormulaSays) {
  // V = 2 (1/(5*100) + 1/(5*100)) + 0.01 (1/5 + 1/5) = 0.012, ln 100 + 4 = 8.605.
  const RolloutShape shape = {5, 5, 1, 0.1, 2};
  EXPECT_NEAR(std::log(DetectableRatio(shape, 100, .01, 4)), 0.454448 + 0.092017, 1e-5);
}

TEST(PlannerTest, DetectableRatioFallsWithTimeToWhatHostsAllow) {
  const RolloutShape shape = {5, 5, 1, 0.1};
  const double minute = DetectableRatio(shape, 60, .01, kOverheadCold);
  const double hour = DetectableRatio(shape, 3600, .01, kOverheadCold);
  const double year = DetectableRatio(shape, 3e7, .01, kOverheadCold);
  EXPECT_GT(minute, hour);
  EXPECT_GT(hour, year);
  EXPECT_GT(year, 1.2);
  EXPECT_NEAR(DetectableRatio(shape, 60, .01, kOverheadCold, 1.25), 1.25 * minute, 1e-12);
}

}  // namespace
}  // namespace haldane::stats
