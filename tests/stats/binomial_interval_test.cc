#include "stats/binomial_interval.h"

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(BinomialIntervalTest, MatchesReferenceValues) {
  EXPECT_NEAR(ClopperPearson(12, 3000).low, .00206851427132, 1e-8);
  EXPECT_NEAR(ClopperPearson(12, 3000).high, .00697675968217, 1e-8);
  EXPECT_EQ(ClopperPearson(0, 3000).low, 0);
  EXPECT_NEAR(ClopperPearson(0, 3000).high, .00122887080383, 1e-8);
  EXPECT_NEAR(ClopperPearson(45, 2000).low, .0164578682126, 1e-8);
  EXPECT_NEAR(ClopperPearson(45, 2000).high, .0299919325773, 1e-8);
}

TEST(BinomialIntervalTest, EveryTrialASuccess) {
  EXPECT_EQ(ClopperPearson(5, 5).high, 1);
  EXPECT_GT(ClopperPearson(5, 5).low, 0.4);
}

}  // namespace
}  // namespace haldane::stats
