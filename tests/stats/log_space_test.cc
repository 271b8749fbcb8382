#include "stats/log_space.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(LogSpaceTest, AddsProbabilitiesTooSmallForADouble) {
  EXPECT_NEAR(LogAdd(-2000, -2000), -2000 + std::log(2), 1e-12);
  EXPECT_NEAR(LogSum(std::vector<double>{-5000, -5001, -5002}),
              -5000 + std::log(1 + std::exp(-1) + std::exp(-2)), 1e-12);
}

TEST(LogSpaceTest, ZeroProbabilityAddsNothing) {
  EXPECT_EQ(LogAdd(-kInfinity, 3), 3);
  EXPECT_EQ(LogAdd(-kInfinity, -kInfinity), -kInfinity);
  EXPECT_EQ(LogSum(std::vector<double>{}), -kInfinity);
  EXPECT_EQ(LogSum(std::vector<double>{-kInfinity, 3}), 3);
}

TEST(LogSpaceTest, ProbabilityKeepsBothTails) {
  EXPECT_EQ(Probability(0), 0.5);
  EXPECT_NEAR(Probability(-700) / std::exp(-700), 1, 1e-12);
  EXPECT_EQ(Probability(700), 1);
}

TEST(LogSpaceTest, DivergenceIsZeroAtItsMeanAndPositiveElsewhere) {
  EXPECT_EQ(Divergence(7, 7), 0);
  EXPECT_NEAR(Divergence(0, 5), 5, 0);
  EXPECT_NEAR(Divergence(12, 8), 12 * std::log(1.5) - 4, 1e-13);
}

TEST(LogSpaceTest, DivergenceOfAlmostNothingIsTheMean) {
  EXPECT_NEAR(Divergence(1e-30, 5), 5, 1e-12);
  EXPECT_NEAR(Divergence(5, 1e-30) / (5 * std::log(5e30)), 1, 0.02);
}

TEST(LogSpaceTest, DivergenceOfCountsNearTwoToThe53IsNotNoise) {
  // (x - m)^2 / 2m, to leading order: 1e8 more than 9e15.
  const double m = 9e15;
  EXPECT_NEAR(Divergence(m + 1e8, m), 1e16 / (2 * m), 1e-6);
}

}  // namespace
}  // namespace haldane::stats
