#include "stats/infection.h"

#include <cmath>

#include "gtest/gtest.h"
#include "split_fixture.h"

namespace haldane::stats {
namespace {

TEST(InfectionTest, MatchesReferenceValues) {
  Infection mixed(3, 7);
  const Cohort order[] = {kC, kC, kB, kC};
  const double expected[] = {0.928400817837, 2.16557945419, 0.891408718663, 2.19000875880};
  for (int i = 0; i < 4; ++i) {
    mixed.OnFirst(order[i]);
    EXPECT_NEAR(mixed.LogEvidence(), expected[i], 1e-8);
  }
  Infection canary(3, 7);
  for (int i = 0; i < 3; ++i) canary.OnFirst(kC);
  EXPECT_NEAR(canary.LogEvidence(), 3.96437420014, 1e-8);
}

TEST(InfectionTest, NeverExceedsTheNumberOfWaysToPickTheCanary) {
  Infection single(1, 9);
  single.OnFirst(kC);
  EXPECT_LT(single.LogEvidence(), std::log(10));
  Infection three(3, 7);
  for (int i = 0; i < 3; ++i) three.OnFirst(kC);
  EXPECT_LT(three.LogEvidence(), std::log(120));
}

TEST(InfectionTest, AllHostsInfectedIsTheEnd) {
  Infection infection(1, 1);
  infection.OnFirst(kC);
  infection.OnFirst(kB);
  const double evidence = infection.LogEvidence();
  infection.OnFirst(kC);
  EXPECT_EQ(infection.LogEvidence(), evidence);
}

// Exact for exchangeable hosts: over all orders in which four of six hosts may
// be infected, the e-value averages one at every step.
TEST(InfectionTest, AveragesOneOverAllOrders) {
  for (int infected = 1; infected <= 4; ++infected) {
    double sum = 0;
    int orders = 0;
    const auto visit = [&](const auto& self, Infection so_far, unsigned clean, int left) -> void {
      if (left == 0) {
        sum += std::exp(so_far.LogEvidence());
        ++orders;
        return;
      }
      for (int h = 0; h < 6; ++h) {
        if (((clean >> h) & 1u) == 0) continue;
        Infection next = so_far;
        next.OnFirst(h < 2 ? kC : kB);
        self(self, next, clean & ~(1u << h), left - 1);
      }
    };
    visit(visit, Infection(2, 4), 0x3f, infected);
    EXPECT_NEAR(sum / orders, 1, 1e-12) << infected;
  }
}

TEST(InfectionTest, NewClassesShareOneBudget) {
  double sum = 0;
  for (int order = 1; order <= 1000; ++order) sum += NewClassWeight(order);
  EXPECT_LT(sum, 1);
  EXPECT_GT(sum, 0.99);
  EXPECT_DOUBLE_EQ(NewClassWeight(1), 0.5);
}

}  // namespace
}  // namespace haldane::stats
