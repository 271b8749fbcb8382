#include "stats/grids.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(GridsTest, SpreadsAreLogUniform) {
  for (int k = 0; k < kSpreads; ++k) {
    EXPECT_NEAR(kSpreadGrid[k], 0.01 * std::pow(250, k / 11.0), 1e-14);
  }
}

TEST(GridsTest, EffectsAboveAreExponentialQuantiles) {
  const EffectGrid grid = EffectGrid::Above(0.5);
  ASSERT_EQ(grid.size(), 24);
  for (int g = 0; g < 24; ++g) {
    EXPECT_NEAR(grid.effect(g), 0.5 + std::max(0.03, -std::log(1 - (g + 0.5) / 24)), 1e-14);
  }
}

TEST(GridsTest, EffectsBelowPutHalfTheirWeightOnNoChange) {
  const EffectGrid grid = EffectGrid::Below(std::log(1.5));
  ASSERT_EQ(grid.size(), 13);
  EXPECT_EQ(grid.effect(0), 0);
  EXPECT_NEAR(grid.log_weight(0), std::log(0.5), 1e-15);
  for (int g = 0; g < 12; ++g) {
    EXPECT_NEAR(grid.effect(g + 1), std::log(1.5) - 0.08 - 1.5 * std::pow(g / 11.0, 1.3), 1e-14);
  }
}

// Otherwise "no change" would be part of the null, and evidence for it
// evidence against itself.
TEST(GridsTest, EveryEffectBelowStaysBelow) {
  for (const double boundary : {-2.0, -0.01, 0.0, 0.01, 0.2}) {
    const EffectGrid grid = EffectGrid::Below(boundary);
    for (int g = 0; g < grid.size(); ++g) EXPECT_LT(grid.effect(g), boundary);
  }
}

TEST(GridsTest, WeightsSumToOne) {
  const EffectGrid grids[] = {EffectGrid::Above(0), EffectGrid::Below(0),
                              EffectGrid::Above(1).WithReach(1, 1)};
  for (const EffectGrid& grid : grids) {
    double sum = -kInfinity;
    for (int g = 0; g < grid.size(); ++g) sum = LogAdd(sum, grid.log_weight(g));
    EXPECT_NEAR(sum, 0, 1e-14);
  }
  EXPECT_NEAR(LogSum(FlatSpreadPrior()), 0, 1e-14);
}

TEST(GridsTest, ReachAddsBroadComponentsAndKeepsThePoints) {
  const EffectGrid points = EffectGrid::Above(0.2);
  const EffectGrid grid = points.WithReach(0.2, 1);
  ASSERT_EQ(grid.size(), points.size() + 3);
  for (int g = 0; g < points.size(); ++g) {
    EXPECT_EQ(grid.effect(g), points.effect(g));
    EXPECT_EQ(grid.variance(g), 0);
  }
  EXPECT_NEAR(grid.effect(26), 5.2, 1e-12);
  EXPECT_NEAR(grid.variance(26), 6.25, 1e-12);
}

}  // namespace
}  // namespace haldane::stats
