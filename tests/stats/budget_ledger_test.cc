#include "stats/budget_ledger.h"

#include <cmath>

#include "gtest/gtest.h"
#include "stats/combination.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

TEST(BudgetLedgerTest, SharesOfSignalsAndStagesAddUpToTheBudget) {
  const BudgetLedger ledger(0.01, {2, 3, 5}, {1, 3});
  double sum = 0;
  for (int stage = 0; stage < 2; ++stage) {
    for (int signal = 0; signal < 3; ++signal) sum += ledger.Share(stage, signal);
  }
  EXPECT_NEAR(sum, 0.01, 1e-15);
  EXPECT_NEAR(ledger.Share(1, 2), 0.01 * 0.75 * 0.5, 1e-15);
  EXPECT_NEAR(ledger.Bound(1, 2), std::log(1 / (0.01 * 0.375)), 1e-12);
}

TEST(BudgetLedgerTest, CombinesByWeightedAverage) {
  BudgetLedger ledger(0.01, {4, 3, 2, 1});
  const double evidence[] = {std::log(60), std::log(.4), std::log(3), std::log(.1)};
  for (int s = 0; s < 4; ++s) ledger.Set(0, s, evidence[s]);
  EXPECT_NEAR(ledger.LogCombined(), 3.20801708153, 1e-10);
}

TEST(BudgetLedgerTest, AStageThatSharesHostsIsAddedNotMultiplied) {
  BudgetLedger ledger(0.01, {1}, {1, 1});
  ledger.Set(0, 0, std::log(50));
  ledger.Set(1, 0, std::log(50));
  // Their product would be 2500; the average is what either says.
  EXPECT_NEAR(ledger.LogCombined(), std::log(50), 1e-12);
}

TEST(BudgetLedgerTest, AnySignalAtItsBoundStopsTheRollout) {
  BudgetLedger ledger(0.01, {1, 1, 2}, {1, 2});
  ledger.Set(1, 2, ledger.Bound(1, 2));
  EXPECT_GE(ledger.LogCombined(), ledger.CombinedBound());
  EXPECT_EQ(ledger.Spent(), 1);
  EXPECT_EQ(ledger.Left(), 0);
  EXPECT_EQ(ledger.SpentBy(2), 1);
}

TEST(BudgetLedgerTest, WhatWasSpentStaysSpent) {
  BudgetLedger ledger(0.05, {1, 1});
  EXPECT_NEAR(ledger.SpentBy(0), 0.025, 1e-12);
  ledger.Set(0, 0, std::log(10));
  const double spent = ledger.Spent();
  EXPECT_NEAR(spent, 0.05 * (10 + 1) / 2, 1e-12);
  ledger.Set(0, 0, std::log(0.1));
  EXPECT_EQ(ledger.Spent(), spent);
  EXPECT_NEAR(ledger.SpentBy(0), 0.0025, 1e-12);
}

TEST(BudgetLedgerTest, SignalsThatDecideNothingHaveNoShare) {
  BudgetLedger ledger(0.01, {1, 0});
  ledger.Set(0, 1, 1000);
  EXPECT_EQ(ledger.Share(0, 1), 0);
  EXPECT_EQ(ledger.Bound(0, 1), kInfinity);
  EXPECT_LT(ledger.Spent(), 0.02);
}

TEST(BudgetLedgerTest, EvidenceOfAnySizeIsFinite) {
  BudgetLedger ledger(0.001, {1, 1});
  ledger.Set(0, 0, 1e9);
  ledger.Set(0, 1, -kInfinity);
  EXPECT_EQ(ledger.Spent(), 1);
  EXPECT_EQ(ledger.SpentBy(1), 0);
}

}  // namespace
}  // namespace haldane::stats
