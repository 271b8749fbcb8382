#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "benchmarks/peers/argo.h"
#include "benchmarks/peers/flagger.h"
#include "benchmarks/peers/kayenta.h"
#include "benchmarks/peers/msprt.h"
#include "benchmarks/peers/z_test.h"

namespace haldane::benchmarks {
namespace {

// Two hosts a side, 20 requests a second each; `canary` events a second on each
// canary host, `baseline` on each baseline host.
Second Steady(double canary, double baseline) {
  return {{{canary, 20}, {canary, 20}}, {{baseline, 20}, {baseline, 20}}};
}

struct FirstDecision {
  int time;
  Decision decision;
};

// The first decision, and when, if there is one within `seconds`.
std::optional<FirstDecision> Watch(Judge& judge, const Second& second, int seconds) {
  for (int t = 1; t <= seconds; ++t) {
    const Decision decision = judge.Observe(second);
    if (decision != Decision::kContinue) return FirstDecision{t, decision};
  }
  return std::nullopt;
}

void ExpectOutcome(const std::optional<FirstDecision>& outcome, int time, Decision decision) {
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->time, time);
  EXPECT_EQ(outcome->decision, decision);
}

TEST(KayentaJudgeTest, StopsAtItsFirstJudgementOfAGrossDifference) {
  KayentaJudge judge;
  ExpectOutcome(Watch(judge, Steady(2, 1), 1800), 300, Decision::kStop);
  EXPECT_NEAR(judge.StopScore(), 2, 1e-4);
}

TEST(KayentaJudgeTest, ProceedsAtTheEndWhenNothingDiffers) {
  KayentaJudge judge;
  ExpectOutcome(Watch(judge, Steady(1, 1), 1800), 1800, Decision::kProceed);
}

TEST(KayentaJudgeTest, AnAllowedIncreaseHoldsBackSmallerOnes) {
  KayentaJudge::Options options;
  options.metric.allowed_increase = 2.5;
  KayentaJudge judge(options);
  ExpectOutcome(Watch(judge, Steady(2, 1), 1800), 1800, Decision::kProceed);
  EXPECT_NEAR(judge.StopScore(), 2, 1e-4);
}

TEST(KayentaJudgeTest, ACriticalMetricWithoutDataStops) {
  KayentaJudge judge;
  ExpectOutcome(Watch(judge, {{{0, 0}}, {{1, 20}}}, 1800), 300, Decision::kStop);
}

TEST(ArgoJudgeTest, StopsAtTheFirstMeasurementBeyondTheRatio) {
  ArgoJudge judge;
  ExpectOutcome(Watch(judge, Steady(2.1, 1), 1800), 60, Decision::kStop);
  EXPECT_NEAR(judge.StopScore(), 2.1, 1e-9);
}

TEST(ArgoJudgeTest, ProceedsAfterItsCount) {
  ArgoJudge judge;
  ExpectOutcome(Watch(judge, Steady(1.9, 1), 1800), 1800, Decision::kProceed);
}

TEST(ArgoJudgeTest, AllowedFailuresPostponeTheStop) {
  ArgoJudge::Options options;
  options.limits.failure_limit = 3;
  ArgoJudge judge(options);
  ExpectOutcome(Watch(judge, Steady(3, 1), 1800), 240, Decision::kStop);
}

TEST(ArgoJudgeTest, FortySecondsWithoutAnAnswerAbort) {
  ArgoJudge judge;
  ExpectOutcome(Watch(judge, {{{0, 0}}, {{1, 20}}}, 1800), 100, Decision::kStop);
}

TEST(FlaggerJudgeTest, RollsBackOneCheckAfterTheLastFailure) {
  FlaggerJudge judge({.max_rate = 0.05, .threshold = 5});
  ExpectOutcome(Watch(judge, Steady(2, 1), 1800), 360, Decision::kStop);
  EXPECT_NEAR(judge.StopScore(), 2, 1e-9);
}

TEST(FlaggerJudgeTest, PromotesAfterItsSteps) {
  FlaggerJudge judge({.max_rate = 0.05, .threshold = 5, .steps = 10});
  ExpectOutcome(Watch(judge, Steady(1, 1), 1800), 660, Decision::kProceed);
}

TEST(FlaggerJudgeTest, NoTrafficIsAFailedCheck) {
  FlaggerJudge judge({.max_rate = 0.05, .threshold = 1});
  ExpectOutcome(Watch(judge, {{{0, 0}}, {{0, 20}}}, 1800), 120, Decision::kStop);
}

TEST(MsprtTest, DirichletLogOddsAgreeWithPublishedValues) {
  EXPECT_NEAR(DirichletLogOdds({80, 20}, {70, 30}, {0.8, 0.2}), 1.04795417219, 1e-9);
  EXPECT_NEAR(DirichletLogOdds({0.5, 0.5}, {5, 9}, {0.5, 0.5}), -0.984743152333, 1e-9);
}

TEST(MsprtTest, NormalLogOddsAreTheRatioOfTwoNormalDensities) {
  const auto log_density = [](double x, double variance) {
    return -0.5 * std::log(2 * M_PI * variance) - x * x / (2 * variance);
  };
  EXPECT_NEAR(NormalLogOdds(0.7, 0.04, 0.3), log_density(0.7, 0.04 + 0.09) - log_density(0.7, 0.04), 1e-12);
}

TEST(MsprtTest, StopsOnlyAWorseCanary) {
  PoissonMsprt worse;
  PoissonMsprt better;
  BinomialMsprt worse_share;
  BinomialMsprt better_share;
  for (Judge* judge : std::initializer_list<Judge*>{&worse, &worse_share}) {
    const std::optional<FirstDecision> outcome = Watch(*judge, Steady(1, 0.5), 600);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->decision, Decision::kStop);
  }
  for (Judge* judge : std::initializer_list<Judge*>{&better, &better_share}) {
    EXPECT_FALSE(Watch(*judge, Steady(0.5, 1), 600).has_value());
    EXPECT_EQ(judge->StopScore(), 0);
  }
}

TEST(RepeatedZTest, ScoresTheDistanceFromEqualRates) {
  RepeatedZTest judge;
  EXPECT_EQ(judge.Observe({{{9, 100}}, {{9, 300}}}), Decision::kStop);
  // 18 events, 4.5 expected on the canary, variance 18 * 1/4 * 3/4.
  EXPECT_NEAR(judge.StopScore(), 4.5 / std::sqrt(3.375), 1e-12);
}

TEST(RepeatedZTest, WaitsForAFewEvents) {
  RepeatedZTest judge;
  EXPECT_EQ(judge.Observe({{{9, 10}}, {{0, 10}}}), Decision::kContinue);
  EXPECT_EQ(judge.StopScore(), 0);
}

}  // namespace
}  // namespace haldane::benchmarks
