#include "stats/dispersion.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

void Feed(Dispersion& dispersion) {
  const double events[8][3] = {{2, 1, 0}, {0, 3, 1}, {4, 0, 2}, {1, 1, 1},
                               {0, 0, 9}, {1, 2, 0}, {3, 3, 3}, {0, 1, 0}};
  for (int t = 0; t < 8; ++t) {
    double exposure[3] = {10, 10, 10};
    if (t == 1) exposure[2] = 20;
    if (t == 3) exposure[0] = 5;
    if (t == 6) exposure[1] = 20;
    std::vector<HostTick> tick;
    for (int h = 0; h < 3; ++h) tick.push_back({h, events[t][h], exposure[h]});
    dispersion.AddTick(tick);
  }
}

TEST(DispersionTest, MatchesReferenceAccumulators) {
  Dispersion dispersion({1, 2, 4});
  Feed(dispersion);
  EXPECT_NEAR(dispersion.sums(0).ss, 36.0253609539, 1e-8);
  EXPECT_NEAR(dispersion.sums(0).se, 13.6526992089, 1e-8);
  EXPECT_NEAR(dispersion.sums(0).se2, 40.9803425435, 1e-8);
  EXPECT_NEAR(dispersion.sums(1).ss, 39.6263351304, 1e-8);
  EXPECT_NEAR(dispersion.sums(1).se, 14.4206685578, 1e-8);
  EXPECT_NEAR(dispersion.sums(1).se2, 71.3195453612, 1e-8);
  EXPECT_NEAR(dispersion.sums(2).ss, 32.7665404279, 1e-8);
  EXPECT_NEAR(dispersion.sums(2).se, 9.2165038872, 1e-8);
  EXPECT_NEAR(dispersion.sums(2).se2, 68.4137064754, 1e-8);
}

TEST(DispersionTest, ShrinksEachScaleTowardsTheFinerOne) {
  const std::vector<int> scales[] = {{1}, {1, 2}, {1, 2, 4}};
  const double expected[] = {1.5123237427, 1.7912594357, 1.9860845641};
  for (int i = 0; i < 3; ++i) {
    Dispersion dispersion(scales[i]);
    Feed(dispersion);
    EXPECT_NEAR(dispersion.Phi(1), expected[i], 1e-8);
  }
}

TEST(DispersionTest, WhatIsUsualForAServiceStandsInForFinerScales) {
  const std::vector<int> scales[] = {{1}, {1, 2}, {1, 2, 4}};
  const double usual[] = {1.2, 1.5, 2.0};
  const double expected[] = {1.4214608375, 1.6303425317, 2.0735843842};
  for (int i = 0; i < 3; ++i) {
    Dispersion dispersion(scales[i], absl::MakeConstSpan(usual, i + 1));
    EXPECT_EQ(dispersion.Phi(0), usual[i]);
    Feed(dispersion);
    EXPECT_NEAR(dispersion.Phi(1), expected[i], 1e-8);
  }
}

double AfterNoise(double shape, double host_spread, double floor) {
  std::mt19937_64 random(7);
  Dispersion dispersion;
  for (int t = 0; t < 1024; ++t) {
    std::vector<HostTick> tick;
    for (int h = 0; h < 6; ++h) {
      double rate = 1 + host_spread * h;
      if (shape > 0) rate *= std::gamma_distribution<double>(shape, 1 / shape)(random);
      tick.push_back({h, static_cast<double>(std::poisson_distribution<int>(rate)(random)), 1});
    }
    dispersion.AddTick(tick);
  }
  return dispersion.Phi(floor);
}

TEST(DispersionTest, PoissonCountsAreNotOverdispersedHoweverHostsDiffer) {
  EXPECT_LT(AfterNoise(0, 0, 1), 1.4);
  EXPECT_LT(AfterNoise(0, 3, 1), 1.4);
}

TEST(DispersionTest, ClusteredCountsAre) { EXPECT_GT(AfterNoise(0.2, 0, 1), 3.5); }

TEST(DispersionTest, KnowsNothingBeforeTwoBlocksOfTheFinestScale) {
  Dispersion dispersion;
  for (int t = 0; t < 3; ++t) dispersion.AddTick({{0, 100.0 * t, 1}, {1, 0, 1}});
  EXPECT_EQ(dispersion.Phi(1), 1);
}

TEST(DispersionTest, OneHostAloneHasNothingToBeComparedWith) {
  Dispersion dispersion({1});
  for (int t = 0; t < 100; ++t) dispersion.AddTick({{0, t % 2 * 50.0, 1}});
  EXPECT_EQ(dispersion.Phi(1), 1);
}

TEST(DispersionTest, WhatOneHostDidAloneDoesNotHideWhatFollows) {
  Dispersion dispersion({1});
  for (int t = 0; t < 10; ++t) dispersion.AddTick({{0, t % 2 * 50.0, 1}});
  for (int t = 0; t < 100; ++t) dispersion.AddTick({{0, t % 2 * 50.0, 1}, {1, 25, 1}});
  EXPECT_GT(dispersion.Phi(1), 5);
}

TEST(DispersionTest, TheScaleWithMostNoiseCounts) {
  // Hosts trade events between neighbouring ticks; pairs of ticks are alike.
  Dispersion fine({1});
  Dispersion both({1, 2});
  for (int t = 0; t < 100; ++t) {
    const std::vector<HostTick> tick = {{0, t % 2 * 50.0, 1}, {1, 50.0 - t % 2 * 50, 1}};
    fine.AddTick(tick);
    both.AddTick(tick);
  }
  EXPECT_GT(fine.Phi(1), 5);
  EXPECT_EQ(both.Phi(1), fine.Phi(1));
}

TEST(DispersionTest, AHostAbsentFromEitherBlockIsNotCompared) {
  Dispersion fleet({1});
  Dispersion with_visitor({1});
  for (int t = 0; t < 20; ++t) {
    std::vector<HostTick> tick = {{0, t % 3 * 1.0, 1}, {1, 2.0 - t % 3, 1}};
    fleet.AddTick(tick);
    if (t == 15) tick.push_back({2, 500, 1});
    with_visitor.AddTick(tick);
  }
  EXPECT_EQ(with_visitor.Phi(1), fleet.Phi(1));
}

TEST(DispersionTest, WhatComesAfterAFreshStartIsNotComparedWithWhatWas) {
  Dispersion dispersion({1, 2});
  const auto run = [&](double first, double second) {
    for (int t = 0; t < 21; ++t) dispersion.AddTick({{0, first, 1}, {1, second, 1}});
  };
  run(100, 100);
  const double calm = dispersion.Phi(0);
  dispersion.StartAfresh();
  run(500, 100);
  EXPECT_LE(dispersion.Phi(0), calm);
  run(100, 100);
  EXPECT_GT(dispersion.Phi(0), calm);
}

TEST(DispersionTest, StaysFiniteForHugeAndTinyNumbers) {
  Dispersion dispersion({1, 2});
  for (int t = 0; t < 8; ++t) {
    dispersion.AddTick({{0, t % 2 * 9e15, 1e-9}, {1, 1, 9e15}, {2, 0, 1}});
  }
  EXPECT_TRUE(std::isfinite(dispersion.Phi(1)));
}

}  // namespace
}  // namespace haldane::stats
