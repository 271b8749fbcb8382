#include "stats/ratio_sequence.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

RandomEffects Split(std::vector<double> canary, std::vector<double> baseline) {
  const double log_odds = std::log(static_cast<double>(canary.size()) / baseline.size());
  std::vector<double> canary_weights(canary.size(), 1);
  std::vector<double> baseline_weights(baseline.size(), 1);
  return RandomEffects({{canary, canary_weights}, {baseline, baseline_weights}, log_odds});
}

TEST(RatioSequenceTest, EndsWhereTheTestsReject) {
  const double alpha = 0.05;
  const RandomEffects split = Split({140, 90, 110, 120}, {50, 60, 40, 70, 30, 50, 60});
  const RatioInterval interval = RatioSequence(split, split, {alpha, alpha});
  EXPECT_NEAR(interval.ratio, 115 / (360.0 / 7), 1e-9);
  EXPECT_GE(HarmLogEvidence(split, std::log(interval.low)), std::log(2 / alpha));
  EXPECT_LT(HarmLogEvidence(split, std::log(interval.low) + 6e-4), std::log(2 / alpha));
  EXPECT_GE(ClearLogEvidence(split, std::log(interval.high)), std::log(4 / alpha));
  EXPECT_LT(ClearLogEvidence(split, std::log(interval.high) - 6e-4), std::log(4 / alpha));
}

TEST(RatioSequenceTest, NarrowsWithConfidenceGivenUp) {
  const RandomEffects split = Split({14, 9, 11}, {5, 6, 4, 7, 3, 5, 6});
  const RatioInterval sure = RatioSequence(split, split, {0.001, 0.001});
  const RatioInterval usual = RatioSequence(split, split, {0.1, 0.1});
  EXPECT_LT(sure.low, usual.low);
  EXPECT_GT(sure.high, usual.high);
}

TEST(RatioSequenceTest, NoEventsNoInterval) {
  const RatioInterval interval = RatioSequence(Split({0}, {0}), Split({0}, {0}), {0.05, 0.05});
  EXPECT_EQ(interval.ratio, 0);
  EXPECT_EQ(interval.low, 0);
  EXPECT_EQ(interval.high, kInfinity);
}

TEST(RatioSequenceTest, ACleanCanaryHasAnUpperLimitOnly) {
  const RandomEffects split = Split({0, 0, 0, 0}, {9, 11, 10, 8});
  const RatioInterval interval = RatioSequence(split, split, {0.05, 0.05});
  EXPECT_EQ(interval.ratio, 0);
  EXPECT_EQ(interval.low, 0);
  EXPECT_LT(interval.high, 1);
}

TEST(RatioSequenceTest, ACleanBaselineHasALowerLimitOnly) {
  const RandomEffects split = Split({9, 11, 10, 8}, {0, 0, 0, 0});
  const RatioInterval interval = RatioSequence(split, split, {0.05, 0.05});
  EXPECT_EQ(interval.ratio, 0);
  EXPECT_GT(interval.low, 1);
  EXPECT_EQ(interval.high, kInfinity);
}

TEST(RatioSequenceTest, HoldsTheEstimateEvenWhenPathsDisagree) {
  // Capped, the canary looks worse; raw, a burst on the baseline hides it.
  const RandomEffects capped = Split({90, 95, 100, 90}, {10, 11, 9, 10});
  const RandomEffects raw = Split({90, 95, 100, 90}, {1000, 1100, 900, 1000});
  const RatioInterval interval = RatioSequence(capped, raw, {0.05, 0.05});
  EXPECT_LE(interval.low, interval.ratio);
  EXPECT_LE(interval.ratio, interval.high);
}

}  // namespace
}  // namespace haldane::stats
