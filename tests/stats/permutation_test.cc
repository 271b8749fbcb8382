#include "stats/permutation.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

TEST(PermutationFallbackTest, BudgetMatchesReferenceValues) {
  std::mt19937_64 random(1);
  const PermutationTest test(3, 7, .05, 12, random);
  EXPECT_EQ(test.labellings(), 120);
  const int expected[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6};
  for (int look = 1; look <= 12; ++look) EXPECT_EQ(test.Budget(look), expected[look - 1]);
  EXPECT_EQ(test.Budget(13), 6);
}

TEST(PermutationFallbackTest, ManyHostsAreSampled) {
  std::mt19937_64 random(1);
  EXPECT_EQ(PermutationTest(10, 40, .05, 12, random).labellings(), 1000);
}

std::vector<HostShare> EqualShares(const std::vector<double>& events) {
  std::vector<HostShare> hosts;
  for (const double x : events) hosts.push_back({x, 10});
  return hosts;
}

TEST(PermutationFallbackTest, ACanaryThatIsPlainlyWorseGoesAtTheFirstBudget) {
  std::mt19937_64 random(1);
  PermutationTest test(3, 7, .05, 12, random);
  const auto hosts = EqualShares({50, 60, 55, 9, 12, 8, 11, 10, 9, 10});
  EXPECT_FALSE(test.Look(hosts));
  EXPECT_TRUE(test.Look(hosts));
}

TEST(PermutationFallbackTest, AToleratedRatioIsGivenToTheCanary) {
  std::mt19937_64 random(1);
  PermutationTest test(3, 7, .05, 2, random);
  const auto hosts = EqualShares({15, 16, 14, 10, 10, 11, 9, 10, 10, 10});
  EXPECT_FALSE(test.Look(hosts, 2));
  EXPECT_FALSE(test.Look(hosts, 2));
}

TEST(PermutationFallbackTest, ABetterCanaryStays) {
  std::mt19937_64 random(1);
  PermutationTest test(3, 7, .5, 1, random);
  EXPECT_FALSE(test.Look(EqualShares({1, 2, 1, 10, 10, 11, 9, 10, 10, 10})));
}

TEST(PermutationFallbackTest, TheRealOneIsTheLastOfItsEqualsToGo) {
  std::mt19937_64 random(1);
  // Canary {0} ties with {1}: a budget of one takes the other.
  PermutationTest test(1, 9, .1, 1, random);
  EXPECT_FALSE(test.Look(EqualShares({50, 50, 1, 1, 1, 1, 1, 1, 1, 1})));
}

TEST(PermutationFallbackTest, WhatIsGoneDoesNotUseBudgetAgain) {
  std::mt19937_64 random(1);
  // Host 1 looks worst and goes first, the canary follows.
  PermutationTest test(1, 9, .2, 2, random);
  const auto hosts = EqualShares({50, 60, 1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_FALSE(test.Look(hosts));
  EXPECT_TRUE(test.Look(hosts));
}

TEST(PermutationFallbackTest, BudgetIsNotSpentOnWhatLooksGood) {
  std::mt19937_64 random(1);
  // After host 1 the canary is next, and yet below average.
  PermutationTest test(1, 9, .3, 1, random);
  EXPECT_FALSE(test.Look(EqualShares({6, 60, 5, 5, 5, 5, 5, 5, 5, 5})));
}

// Exact: over all choices of the canary, exactly the budget's share is halted.
TEST(PermutationFallbackTest, HaltsNoMoreThanItsShareOfLabellings) {
  std::mt19937_64 random(2);
  int halts = 0;
  for (int run = 0; run < 1000; ++run) {
    PermutationTest test(3, 7, .05, 6, random);
    std::vector<double> rates;
    for (int h = 0; h < 10; ++h) rates.push_back(std::gamma_distribution<double>(1, 5)(random) + 0.01);
    std::vector<double> events(10, 0);
    bool halted = false;
    for (int look = 0; look < 6; ++look) {
      for (int h = 0; h < 10; ++h) events[h] += std::poisson_distribution<int>(rates[h])(random);
      halted = test.Look(EqualShares(events));
    }
    halts += halted;
  }
  EXPECT_LE(halts, 71);  // exceeded with probability 0.2 % at a true 5 %
}

TEST(PermutationFallbackTest, LooksGetRarer) {
  const std::vector<double> times = LookTimes(100);
  EXPECT_EQ(times.front(), 10);
  EXPECT_EQ(times[1], 12.5);
  EXPECT_LE(times.back(), 100);
  EXPECT_GT(times.back() * 1.25, 100);
}

}  // namespace
}  // namespace haldane::stats
