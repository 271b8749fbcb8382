#include "stats/presence.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(PresenceTest, NothingObservedIsNoEvidence) { EXPECT_NEAR(PresenceLogEvidence({}, {}), 0, 1e-12); }

// One host, failing every minute, against ten that hardly ever do: the random
// effects engine cannot tell it from an odd host.
TEST(PresenceTest, AConstantlyFailingCanaryStandsOut) {
  double minutes = 1;
  while (PresenceLogEvidence({minutes, minutes}, {2, 330}) < std::log(100)) ++minutes;
  EXPECT_LE(minutes, 5);
}

TEST(PresenceTest, AQuietCanaryIsEvidenceAgainstHarm) { EXPECT_LT(PresenceLogEvidence({0, 30}, {3, 60}), 0); }

TEST(PresenceTest, ACanaryLikeTheBaselineIsNoHarm) {
  for (const double rate : {0., .02, .2, .5, 1.}) {
    EXPECT_LT(PresenceLogEvidence({30 * rate, 30}, {300 * rate, 300}), 0.5) << rate;
  }
}

TEST(PresenceTest, EventsInEveryMinuteShowNothingHoweverLong) {
  EXPECT_LT(PresenceLogEvidence({1e6, 1e6}, {1e6, 1e6}), 0.01);
}

TEST(PresenceTest, AToleratedRatioIsNotHarm) {
  // 10 % of the baseline's minutes, 19 % of the canary's: twice the rate.
  EXPECT_GT(PresenceLogEvidence({1900, 10000}, {1000, 10000}), std::log(100));
  EXPECT_LT(PresenceLogEvidence({1900, 10000}, {1000, 10000}, 2), 0);
}

TEST(PresenceTest, MoreEventsAreNeverLessEvidence) {
  double last = -1e9;
  for (int present = 0; present <= 30; ++present) {
    const double evidence = PresenceLogEvidence({present * 1.0, 30}, {3, 300});
    EXPECT_GT(evidence, last);
    last = evidence;
  }
}

TEST(PresenceTest, FindsHarmRarelyWhereThereIsNone) {
  std::mt19937_64 random(11);
  int halts = 0;
  for (int run = 0; run < 100; ++run) {
    const double p = std::uniform_real_distribution<double>(0.001, 0.3)(random);
    PresenceCounts canary;
    PresenceCounts baseline;
    bool halted = false;
    for (int minute = 0; minute < 20; ++minute) {
      canary.present += std::bernoulli_distribution(p)(random);
      canary.slots += 1;
      baseline.present += std::binomial_distribution<int>(3, p)(random);
      baseline.slots += 3;
      halted |= PresenceLogEvidence(canary, baseline) >= std::log(20);
    }
    halts += halted;
  }
  EXPECT_LE(halts, 11);  // exceeded with probability 0.4 % at a true 5 %
}

TEST(PresenceTest, IsFiniteForManyMinutes) {
  for (const double present : {0.0, 1e9, 2e9}) {
    EXPECT_TRUE(std::isfinite(PresenceLogEvidence({present, 2e9}, {0, 1e10})));
    EXPECT_TRUE(std::isfinite(PresenceLogEvidence({present, 2e9}, {1e10, 1e10})));
  }
}

}  // namespace
}  // namespace haldane::stats
