#include "stats/split_accumulator.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

SplitAccumulator Fleet(const std::vector<Cohort>& cohorts) {
  SplitAccumulator split;
  for (const Cohort cohort : cohorts) split.AddHost(cohort);
  return split;
}

TEST(SplitAccumulatorTest, ExpectsEventsWhereTheExposureWasWhenTheyHappened) {
  SplitAccumulator split = Fleet({kC, kB});
  split.AddTick({{0, 3, 100}, {1, 1, 300}});  // a quarter of 4
  split.AddTick({{0, 0, 300}, {1, 8, 100}});  // three quarters of 8
  EXPECT_NEAR(split.Engine(1).LogOdds(), std::log(7.0 / 5.0), 1e-12);
}

TEST(SplitAccumulatorTest, ASharedSurgeDoesNotMoveTheSplit) {
  SplitAccumulator calm = Fleet({kC, kC, kB, kB});
  SplitAccumulator surge = Fleet({kC, kC, kB, kB});
  calm.AddTick({{0, 1, 10}, {1, 1, 10}, {2, 1, 10}, {3, 1, 10}});
  surge.AddTick({{0, 100, 10}, {1, 100, 10}, {2, 100, 10}, {3, 100, 10}});
  EXPECT_EQ(calm.Engine(1).LogOdds(), surge.Engine(1).LogOdds());
}

double Evidence(const RandomEffects& engine) { return HarmLogEvidence(engine, 0); }

TEST(SplitAccumulatorTest, WeighsHostsByTheirShareOfTheirCohort) {
  SplitAccumulator split = Fleet({kC, kB, kB});
  split.AddTick({{0, 5, 10}, {1, 3, 30}, {2, 1, 10}});
  const SplitCounts counts = {{{2.5}, {1}}, {{1.5, 0.5}, {1.5, 0.5}}, std::log(10.0 / 40)};
  EXPECT_NEAR(Evidence(split.Engine(2)), Evidence(RandomEffects(counts)), 1e-12);
}

TEST(SplitAccumulatorTest, ACohortWithoutEventsKeepsItsHosts) {
  SplitAccumulator split = Fleet({kC, kC, kB});
  split.AddTick({{0, 0, 10}, {1, 0, 30}, {2, 4, 10}});
  const SplitCounts counts = {{{0, 0}, {0.5, 1.5}}, {{4}, {1}}, std::log(40.0 / 10)};
  EXPECT_NEAR(Evidence(split.Engine(1)), Evidence(RandomEffects(counts)), 1e-12);
}

TEST(SplitAccumulatorTest, ThePastIsExpectedOfAllHostsAlike) {
  SplitAccumulator split = Fleet({kC, kB, kB});
  split.AddPastTick({{0, 8, 10}, {1, 1, 10}, {2, 3, 20}});  // 12 events over 40
  split.AddPastTick({{1, 3, 10}});                          // alone: as expected
  split.AddTick({{0, 9, 10}, {1, 3, 10}, {2, 2, 10}});
  const SplitCounts counts = {{{9}, {1}}, {{3, 2}, {1, 1}}, std::log(0.5)};
  const PrePeriod history = {{{8, 3}}, {{4, 6}, {3, 6}}};
  EXPECT_NEAR(Evidence(split.Engine(1)), Evidence(WithPrePeriod(counts, history)), 1e-12);
}

TEST(SplitAccumulatorTest, LeavingAHostOutIsNeverHavingHadIt) {
  SplitAccumulator all = Fleet({kC, kC, kB, kB});
  SplitAccumulator rest = Fleet({kC, kC, kB, kB});
  for (int t = 0; t < 50; ++t) {
    std::vector<HostTick> tick = {{0, t % 3 * 1.0, 5.0 + t % 7}, {2, t % 2 * 1.0, 8}};
    if (t % 4 != 0) tick.push_back({3, 1, 4});
    rest.AddTick(tick);
    if (t % 5 != 0) tick.insert(tick.begin() + 1, {1, 6, 9.0 + t % 3});
    all.AddTick(tick);
  }
  EXPECT_NEAR(all.Engine(1, 1).LogOdds(), rest.Engine(1).LogOdds(), 1e-12);
  EXPECT_EQ(all.Engine(1, 1).canary_events(), rest.Engine(1).canary_events());
  EXPECT_NE(all.Engine(1).LogOdds(), rest.Engine(1).LogOdds());
}

TEST(SplitAccumulatorTest, LeavingOutALateHostKeepsWhatWasBefore) {
  SplitAccumulator split = Fleet({kC, kB});
  split.AddTick({{0, 3, 1}, {1, 1, 3}});
  const double before = split.Engine(1).LogOdds();
  split.AddHost(kC);
  EXPECT_EQ(split.Engine(1, 2).LogOdds(), before);
}

TEST(SplitAccumulatorTest, LeavingOutTheOnlyHostOfACohortLeavesNothing) {
  SplitAccumulator split = Fleet({kC, kB, kB});
  split.AddTick({{0, 3, 1}, {1, 1, 3}, {2, 1, 3}});
  EXPECT_EQ(HarmLogEvidence(split.Engine(1, 0), 0), 0);
}

// The host that stays was never there when its cohort had events.
TEST(SplitAccumulatorTest, LeavingOutTheOnlyHostWithEventsIsWellDefined) {
  SplitAccumulator split = Fleet({kC, kC, kB});
  split.AddTick({{0, 3, 1}, {2, 1, 3}});
  split.AddTick({{1, 0, 1}, {2, 1, 3}});
  EXPECT_TRUE(std::isfinite(HarmLogEvidence(split.Engine(1, 0), 0)));
}

}  // namespace
}  // namespace haldane::stats
