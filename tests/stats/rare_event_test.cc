#include "stats/rare_event.h"

#include <cmath>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(RareEventTest, MatchesReferenceValues) {
  const RarePrior quiet = {2.5, 5e5};
  EXPECT_NEAR(RareEventLogEvidence(quiet, 0, 3600), -0.489274350777, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(quiet, 1, 3600), 2.02009775220, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(quiet, 2, 3600), 5.49378218807, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(quiet, 3, 3600), 9.40430306937, 1e-8);
  const RarePrior unknown = {.5, 3600};
  EXPECT_NEAR(RareEventLogEvidence(unknown, 1, 3600), -0.473893611642, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(unknown, 2, 3600), 0.0266359376799, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(unknown, 3, 3600), 0.548085948257, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(unknown, 5, 3600), 1.64710314695, 1e-8);
  EXPECT_NEAR(RareEventLogEvidence(unknown, 8, 3600), 3.40609224825, 1e-8);
}

TEST(RareEventTest, PriorCountsBaselineInFullAndHistoryAtADiscount) {
  const RarePrior prior = RarePriorFrom(1, 3600, 4, 1e6, 0.25);
  EXPECT_DOUBLE_EQ(prior.shape, 2.5);
  EXPECT_DOUBLE_EQ(prior.exposure, 253600);
}

TEST(RareEventTest, SaysNothingWithoutAnythingToCompareWith) {
  EXPECT_EQ(RareEventLogEvidence({.5, 0}, 3, 100), 0);
  EXPECT_EQ(RareEventLogEvidence({.5, 100}, 0, 0), 0);
}

TEST(RareEventTest, AToleratedRatioTakesMoreEvents) {
  EXPECT_LT(RareEventLogEvidence({2.5, 5e5}, 3, 3600, 1.5), RareEventLogEvidence({2.5, 5e5}, 3, 3600));
}

TEST(RareEventTest, IsFiniteForAnyCounts) {
  for (const double events : {0.0, 1.0, 9e15}) {
    for (const double exposure : {1e-9, 1.0, 9e15}) {
      EXPECT_TRUE(std::isfinite(RareEventLogEvidence({.5, 1e-9}, events, exposure)));
      EXPECT_TRUE(std::isfinite(RareEventLogEvidence({9e15, 9e15}, events, exposure)));
    }
  }
}

}  // namespace
}  // namespace haldane::stats
