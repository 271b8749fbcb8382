#include "stats/token_bucket.h"

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(TokenBucketTest, MatchesReferenceSequence) {
  const double events[] = {0, 1, 10, 7, 0, 0, 3, 50, 1, 0};
  const double passed[] = {0, 1, 3.8, .4, 0, 0, 1.2, .4, .4, 0};
  const double tokens[] = {4.4, 3.4, 0, 0, .4, .8, 0, 0, 0, .4};
  TokenBucket bucket;
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(bucket.Pass(events[i], 20, .002), passed[i], 1e-12) << i;
    EXPECT_NEAR(bucket.tokens(), tokens[i], 1e-12) << i;
  }
}

TEST(TokenBucketTest, PassesEightTimesTheBaselineRateForGood) {
  TokenBucket bucket;
  for (int i = 0; i < 1000; ++i) EXPECT_DOUBLE_EQ(bucket.Pass(80, 100, 0.1), 80);
}

TEST(TokenBucketTest, ABurstCountsForAFewEvents) {
  TokenBucket bucket;
  EXPECT_LE(bucket.Pass(100000, 20, .002), 4.4 + 1e-12);
}

}  // namespace
}  // namespace haldane::stats
