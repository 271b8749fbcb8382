#include "stats/random_effects.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "split_fixture.h"
#include "stats/poisson_ratio.h"

namespace haldane::stats {
namespace {

constexpr HuberNull kNoHuber = {0, 1};

SplitCounts FleetA(double phi = 1) {
  SplitCounts split = EvenSplit({14, 9, 11}, {5, 6, 4, 7, 3, 5, 6}, .3);
  for (double& y : split.canary.events) y /= phi;
  for (double& y : split.baseline.events) y /= phi;
  return split;
}

SpreadPrior Learned() {
  const double weights[] = {.262, .250, .221, .157, .065, .019, .008, .005, .004, .003, .003, .003};
  SpreadPrior prior;
  for (int k = 0; k < kSpreads; ++k) prior[k] = std::log(weights[k]);
  return prior;
}

// The engine with the reference mixtures, which have no reach.
double Harm(const RandomEffects& engine, double boundary) {
  return engine.LogEvidence({boundary, boundary}, EffectGrid::Above(boundary));
}

double Clear(const RandomEffects& engine, double boundary) {
  return engine.LogEvidence({boundary, boundary}, EffectGrid::Below(boundary));
}

TEST(RandomEffectsTest, MatchesReferenceValues) {
  EXPECT_NEAR(RandomEffects(FleetA()).LogEvidence({0, 0}, EffectGrid::Above(0), kNoHuber), 3.51768880486,
              1e-8);
  EXPECT_NEAR(Harm(RandomEffects(FleetA()), 0), 3.29364745119, 1e-8);
  EXPECT_NEAR(Harm(RandomEffects(FleetA(1.6)), 0), 2.03886222378, 1e-8);
  EXPECT_NEAR(Harm(RandomEffects(FleetA()), std::log(1.25)), 1.47709687234, 1e-8);
  EXPECT_NEAR(Harm(RandomEffects(FleetA(), Learned()), 0), 3.89869534411, 1e-8);
  EXPECT_NEAR(Harm(RandomEffects(EvenSplit({30}, {12, 9, 14, 11, 10}, 2. / 7)), 0), -0.22333653088, 1e-8);
  EXPECT_NEAR(Harm(RandomEffects(EvenSplit({60, 55}, {20, 80, 35}, .4)), 0), -0.395090084125, 1e-8);
}

TEST(RandomEffectsTest, LearnsTheSpreadFromHostsOfOneCohort) {
  const double calm[] = {.154111,  .153712,  .152628,  .149712,    .142048,    .123222,
                         .0847209, .0342127, .0053793, .000250529, 3.20948e-6, 1.1179e-8};
  const double wild[] = {8.57417e-8, 1.00013e-7, 1.50228e-7, 4.1675e-7, 3.98086e-6, .000187809,
                         .0141013,   .228979,    .467987,    .233175,   .0498088,   .00575607};
  const std::vector<double> a = RandomEffects(FleetA()).LogPosterior();
  const std::vector<double> c = RandomEffects(EvenSplit({60, 55}, {20, 80, 35}, .4)).LogPosterior();
  for (int k = 0; k < kSpreads; ++k) {
    EXPECT_NEAR(std::exp(a[k]) / calm[k], 1, 1e-4);
    EXPECT_NEAR(std::exp(c[k]) / wild[k], 1, 1e-4);
  }
}

TEST(RandomEffectsTest, NonInferiorityMatchesReferenceValues) {
  const SplitCounts split = EvenSplit({21, 19, 20}, {20, 22, 18, 21, 19, 20, 23}, .3);
  EXPECT_NEAR(Clear(RandomEffects(split), std::log(1.5)), 3.14915878790, 1e-8);
  EXPECT_NEAR(Clear(RandomEffects(split, Learned()), std::log(1.5)), 3.43193028703, 1e-8);
}

TEST(RandomEffectsTest, ManyAlikeHostsApproachThePoissonTest) {
  const SplitCounts split = EvenSplit(std::vector<double>(50, 3), std::vector<double>(50, 2), .5);
  const double exact = PoissonLogEvidence(150, 100, 0, 0);
  EXPECT_NEAR(RandomEffects(split).LogEvidence({0, 0}, EffectGrid::Above(0), kNoHuber), exact, 0.7);
}

TEST(RandomEffectsTest, EffectiveHostsCountsOnlyWhatCarriesTraffic) {
  EXPECT_NEAR(InverseEffectiveHosts({1, 1, 1, 1}), 0.25, 1e-15);
  EXPECT_NEAR(InverseEffectiveHosts({4, 1e-9, 1e-9}), 1, 1e-8);
}

}  // namespace
}  // namespace haldane::stats
