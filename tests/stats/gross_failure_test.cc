#include "stats/gross_failure.h"

#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

// Two canary hosts, one baseline host, 20 requests a second each.
class GrossFailureTest : public testing::Test {
 protected:
  GrossFailureTest() {
    guard_.AddHost(Cohort::kCanary);
    guard_.AddHost(Cohort::kCanary);
    guard_.AddHost(Cohort::kBaseline);
  }

  void Seconds(int seconds, double first, double second, double baseline) {
    for (int t = 0; t < seconds; ++t) guard_.Observe({{0, first, 20}, {1, second, 20}, {2, baseline, 20}});
  }

  GrossFailureGuard guard_;
};

TEST_F(GrossFailureTest, FiresAfterFifteenSecondsOfFailure) {
  Seconds(14, 12, 12, 0);
  EXPECT_FALSE(guard_.Fired());
  Seconds(1, 12, 12, 0);
  EXPECT_TRUE(guard_.Fired());
}

TEST_F(GrossFailureTest, StaysFired) {
  Seconds(15, 20, 20, 0);
  Seconds(60, 0, 0, 0);
  EXPECT_TRUE(guard_.Fired());
}

TEST_F(GrossFailureTest, AGoodWindowStartsTheCountAgain) {
  for (int i = 0; i < 5; ++i) {
    Seconds(10, 20, 20, 0);
    Seconds(5, 0, 0, 0);
  }
  EXPECT_FALSE(guard_.Fired());
}

TEST_F(GrossFailureTest, OneHostOfThreeIsNotHalf) {
  guard_.AddHost(Cohort::kCanary);
  for (int t = 0; t < 60; ++t) guard_.Observe({{0, 2000, 2000}, {1, 0, 20}, {3, 0, 20}, {2, 0, 20}});
  EXPECT_FALSE(guard_.Fired());
}

TEST_F(GrossFailureTest, ThreeHostsThatAllFailAreSeenInFourSeconds) {
  guard_.AddHost(Cohort::kCanary);
  const auto second = [&](double third) {
    guard_.Observe({{0, 20, 20}, {1, 20, 20}, {2, 0, 20}, {3, third, 20}});
  };
  for (int t = 0; t < 3; ++t) second(20);
  EXPECT_FALSE(guard_.Fired());
  second(20);
  EXPECT_TRUE(guard_.Fired());
}

TEST_F(GrossFailureTest, OneOfThreeThatStillAnswersBuysTime) {
  guard_.AddHost(Cohort::kCanary);
  const auto second = [&] { guard_.Observe({{0, 20, 20}, {1, 20, 20}, {2, 0, 20}, {3, 0, 20}}); };
  for (int t = 0; t < 14; ++t) second();
  EXPECT_FALSE(guard_.Fired());
  second();
  EXPECT_TRUE(guard_.Fired());
}

TEST_F(GrossFailureTest, AnIncidentThatHitsBothIsNotTheRelease) {
  Seconds(60, 14, 14, 4);
  EXPECT_FALSE(guard_.Fired());
}

TEST_F(GrossFailureTest, IsNotArmedWhereFailuresAreUsual) {
  Seconds(60, 2, 2, 2);
  Seconds(60, 20, 20, 2);
  EXPECT_FALSE(guard_.Fired());
}

TEST_F(GrossFailureTest, TenRequestsAreTooFew) {
  for (int t = 0; t < 60; ++t)
    guard_.Observe({{0, t % 5 == 0 ? 4.0 : 0.0, t % 5 == 0 ? 4.0 : 0.0}, {2, 0, 20}});
  EXPECT_FALSE(guard_.Fired());
}

TEST_F(GrossFailureTest, NeedsABaselineToCompareWith) {
  for (int t = 0; t < 60; ++t) guard_.Observe({{0, 20, 20}, {1, 20, 20}});
  EXPECT_FALSE(guard_.Fired());
}

}  // namespace
}  // namespace haldane::stats
