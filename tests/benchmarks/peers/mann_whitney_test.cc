#include "benchmarks/peers/mann_whitney.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "benchmarks/peers/normal.h"
#include "benchmarks/peers/root.h"

namespace haldane::benchmarks {
namespace {

std::vector<double> Numbers(int count, double first) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(first + i);
  return values;
}

TEST(MannWhitneyTest, CountsPairsAndHalvesTies) {
  EXPECT_EQ(MannWhitneyU({3, 1}, {2, 0, 5}), 3);
  EXPECT_EQ(MannWhitneyU({1, 1}, {1, 1, 1}), 3);
}

// The published numbers for 30 against 30 (U = 454 and U = 900) depend on the
// data through U alone.
TEST(MannWhitneyTest, PValuesTieOutWithPublishedOnes) {
  std::vector<double> x = Numbers(30, 0.5);
  x[10] = -0.5;
  const std::vector<double> y = Numbers(30, 0);
  EXPECT_EQ(MannWhitneyU(x, y), 454);
  EXPECT_NEAR(ExactPValue(454, 30, 30), 0.9590429558, 1e-10);
  EXPECT_NEAR(NormalPValue(x, y).value(), 0.9587314908, 1e-10);

  EXPECT_EQ(MannWhitneyU(Numbers(30, 100), y), 900);
  EXPECT_NEAR(ExactPValue(900, 30, 30) / 1.691123389e-17, 1, 1e-9);
  EXPECT_NEAR(NormalPValue(Numbers(30, 100), y).value() / 3.019859359e-11, 1, 1e-9);
}

TEST(MannWhitneyTest, ExactPValueOfASmallTableIsItsCount) {
  // Of the 10 divisions of five values, U = 0 happens once at either end.
  EXPECT_DOUBLE_EQ(ExactPValue(0, 2, 3), 0.2);
  EXPECT_DOUBLE_EQ(ExactPValue(3, 2, 3), 1);
}

TEST(MannWhitneyTest, NoPValueWhenEverythingIsTied) {
  EXPECT_FALSE(NormalPValue({1, 1, 1}, {1, 1}).has_value());
}

TEST(MannWhitneyTest, IntervalOfOrderStatisticsUsesThePublishedRank) {
  // 900 differences of numbers: -29.5 .. 29.5; rank 317 of 900 at 95 %.
  const ShiftInterval interval = OrderStatisticInterval(Numbers(30, 0.5), Numbers(30, 0), 0.95);
  // Differences d + 0.5 for d = -29..29 occur 30 - |d| times; 317 of them are
  // used up at d = -5: 1 + 2 + ... + 24 = 300 up to d = -6, 325 up to d = -5.
  EXPECT_DOUBLE_EQ(interval.lower, -4.5);
  // From the top, 300 are used up at d = 6 and 325 at d = 5.
  EXPECT_DOUBLE_EQ(interval.upper, 5.5);
  EXPECT_DOUBLE_EQ(interval.estimate, 0.5);
  EXPECT_DOUBLE_EQ(HodgesLehmann(Numbers(30, 0.5), Numbers(30, 0)), 0.5);
}

TEST(MannWhitneyTest, IntervalByRootsEndsAtTheDomainForFewPoints) {
  const std::optional<ShiftInterval> interval = RootShiftInterval({15, 25, 35, 45}, {1, 2, 3, 4}, 0.95);
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->lower, 11, 1e-4);
  EXPECT_NEAR(interval->upper, 44, 1e-4);
  EXPECT_NEAR(interval->estimate, 27.5, 1e-4);
}

TEST(MannWhitneyTest, IntervalByRootsFindsAShift) {
  std::vector<double> shape;
  for (int i = 0; i < 30; ++i) shape.push_back(10 + 2 * NormalQuantile((i + 0.5) / 30));
  std::vector<double> shifted;
  for (const double value : shape) shifted.push_back(value + 10);
  const std::optional<ShiftInterval> interval = RootShiftInterval(shifted, shape, 0.95);
  ASSERT_TRUE(interval.has_value());
  EXPECT_NEAR(interval->estimate, 10, 1e-4);
  EXPECT_NEAR((interval->lower + interval->upper) / 2, 10, 1e-4);
  const ShiftInterval exact = OrderStatisticInterval(shifted, shape, 0.95);
  EXPECT_NEAR(interval->lower, exact.lower, 0.02);
  EXPECT_NEAR(interval->upper, exact.upper, 0.02);
}

// What makes the published rule blind to metrics of a small scale: the roots'
// tolerance is absolute.
TEST(MannWhitneyTest, IntervalByRootsLosesItsMeaningAtASmallScale) {
  std::vector<double> shape;
  std::vector<double> larger;
  for (int i = 0; i < 60; ++i) {
    shape.push_back(1e-5 * (1 + 0.1 * NormalQuantile((i + 0.5) / 60)));
    larger.push_back(1.5 * shape.back());
  }
  const std::optional<ShiftInterval> interval = RootShiftInterval(larger, shape, 0.98);
  ASSERT_TRUE(interval.has_value());
  const ShiftInterval exact = OrderStatisticInterval(larger, shape, 0.98);
  EXPECT_GT(exact.lower, 0);
  EXPECT_GT(std::abs(interval->lower - exact.lower), exact.lower / 2);
}

TEST(MannWhitneyTest, NoIntervalWhenEverythingIsTied) {
  EXPECT_FALSE(RootShiftInterval({2, 2}, {2, 2}, 0.95).has_value());
}

TEST(FindRootTest, FindsZerosOfSmoothAndStepFunctions) {
  const auto cubic = [](double x) { return x * x * x - 2; };
  EXPECT_NEAR(FindRoot(cubic, 0, 2, 1e-12, 100).value(), std::cbrt(2.0), 1e-11);
  const auto step = [](double x) { return x < 0.3 ? 1.0 : -1.0; };
  EXPECT_NEAR(FindRoot(step, -1, 1, 1e-4, 100).value(), 0.3, 1e-4);
}

TEST(FindRootTest, NeedsASignChangeAndEnoughIterations) {
  EXPECT_FALSE(FindRoot([](double x) { return x * x + 1; }, -1, 1, 1e-4, 100).has_value());
  EXPECT_FALSE(FindRoot([](double x) { return x - 0.1234; }, -1e9, 1e18, 0, 1).has_value());
}

}  // namespace
}  // namespace haldane::benchmarks
