#include "stats/gauge_drift.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

std::vector<HostDrift> After(double windows, const std::vector<double>& sums) {
  std::vector<HostDrift> hosts;
  for (const double sum : sums) hosts.push_back({sum, windows});
  return hosts;
}

TEST(GaugeDriftTest, MatchesReferenceValues) {
  const auto baseline = After(20, {3, -2, 5, 1});
  EXPECT_NEAR(DriftLogEvidence(After(20, {22, 18, 25}), baseline, 1, 0, DriftPoints()), 5.07125573931, 1e-8);
  EXPECT_NEAR(DriftLogEvidence(After(20, {6, 4}), baseline, 1, 0, DriftPoints()), -0.319659838852, 1e-8);
}

TEST(GaugeDriftTest, DoesNotDependOnTheUnit) {
  const double in_bytes = DriftLogEvidence(After(20, {22e6, 18e6, 25e6}), After(20, {3e6, -2e6, 5e6, 1e6}),
                                           1e6, 2e5, DriftPointsWithReach());
  EXPECT_NEAR(
      DriftLogEvidence(After(20, {22, 18, 25}), After(20, {3, -2, 5, 1}), 1, .2, DriftPointsWithReach()),
      in_bytes, 1e-9);
}

TEST(GaugeDriftTest, AFasterLeakIsNeverLessHarmful) {
  for (const double slope : {1., 3., 10., 30., 100., 1000.}) {
    const double evidence = DriftLogEvidence(After(50, {49 * slope, 50 * slope, 51 * slope, 50 * slope}),
                                             After(50, {3, -2, 5, 1}), 1, 0, DriftPointsWithReach());
    EXPECT_GT(evidence, std::log(100)) << slope;
  }
}

TEST(GaugeDriftTest, ShrinkingIsNoHarm) {
  for (const double slope : {0., -1., -30., -1000.}) {
    EXPECT_LT(DriftLogEvidence(After(50, {50 * slope, 51 * slope, 49 * slope}), After(50, {3, -2, 5, 1}), 1,
                               0, DriftPointsWithReach()),
              0.01);
  }
}

TEST(GaugeDriftTest, AMarginIsToleratedGrowth) {
  const auto canary = After(50, {25, 26, 24, 25});
  const auto baseline = After(50, {1, 0, -1, 0});
  EXPECT_GT(DriftLogEvidence(canary, baseline, 1, 0, DriftPointsWithReach()), 3);
  EXPECT_LT(DriftLogEvidence(canary, baseline, 1, 0.5, DriftPointsWithReach()), 0.1);
}

TEST(GaugeDriftTest, AHostWithFewerWindowsWeighsLess) {
  const auto baseline = After(40, {1, 0, -1, 0});
  std::vector<HostDrift> young = After(40, {2, -2, 1});
  young.push_back({3, 2});
  std::vector<HostDrift> old = After(40, {2, -2, 1, 60});
  EXPECT_LT(DriftLogEvidence(young, baseline, 1, 0, DriftPointsWithReach()),
            DriftLogEvidence(old, baseline, 1, 0, DriftPointsWithReach()));
}

TEST(GaugeDriftTest, AnEmptyCohortSaysNothing) {
  EXPECT_EQ(DriftLogEvidence({}, After(3, {1, 2}), 1, 0, DriftPointsWithReach()), 0);
}

}  // namespace
}  // namespace haldane::stats
