#include "stats/share_betting.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(ShareBettingTest, MatchesReferenceValues) {
  ShareBetting betting;
  for (const double share : {.4, .25, .5, .1, .6}) betting.Observe(share, .25);
  EXPECT_NEAR(betting.LogEvidence(), 0.782140106583, 1e-10);
}

TEST(ShareBettingTest, NothingBetNothingWon) { EXPECT_EQ(ShareBetting().LogEvidence(), 0); }

TEST(ShareBettingTest, GrowsWithTheCanarysShareAndNeverDies) {
  ShareBetting more;
  ShareBetting less;
  for (int i = 0; i < 200; ++i) {
    more.Observe(0.6, 0.5);
    less.Observe(0, 1e-9);
  }
  EXPECT_GT(more.LogEvidence(), std::log(20));
  EXPECT_LT(less.LogEvidence(), 0);
  EXPECT_TRUE(std::isfinite(less.LogEvidence()));
}

// Shares of any law with the null's mean, here all or nothing.
TEST(ShareBettingTest, FindsHarmRarelyWhereThereIsNone) {
  std::mt19937_64 random(3);
  int halts = 0;
  for (int run = 0; run < 200; ++run) {
    ShareBetting betting;
    bool halted = false;
    for (int t = 0; t < 60; ++t) {
      betting.Observe(std::bernoulli_distribution(0.3)(random), 0.3);
      halted |= betting.LogEvidence() >= std::log(20);
    }
    halts += halted;
  }
  EXPECT_LE(halts, 19);  // exceeded with probability 0.3 % at a true 5 %
}

}  // namespace
}  // namespace haldane::stats
