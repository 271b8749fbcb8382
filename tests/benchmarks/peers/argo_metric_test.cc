#include "benchmarks/peers/argo_metric.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace haldane::benchmarks {
namespace {

using Outcome = ArgoMetric::Outcome;
using Phase = ArgoMetric::Phase;

constexpr Outcome kGood = Outcome::kSuccessful;
constexpr Outcome kBad = Outcome::kFailed;
constexpr Outcome kUnclear = Outcome::kInconclusive;
constexpr Outcome kError = Outcome::kError;

Phase After(const ArgoMetric::Limits& limits, std::initializer_list<Outcome> outcomes) {
  ArgoMetric metric(limits);
  Phase phase = Phase::kRunning;
  for (const Outcome outcome : outcomes) phase = metric.Measure(outcome);
  return phase;
}

TEST(ArgoMetricTest, FailsAtTheFirstFailureByDefault) {
  EXPECT_EQ(After({.count = 3}, {kGood, kBad}), Phase::kFailed);
}

TEST(ArgoMetricTest, CountsFailuresInTotalNotInARow) {
  EXPECT_EQ(After({.failure_limit = 2}, {kBad, kGood, kBad, kGood}), Phase::kRunning);
  EXPECT_EQ(After({.failure_limit = 2}, {kBad, kGood, kBad, kGood, kBad}), Phase::kFailed);
  EXPECT_EQ(After({.failure_limit = -1}, {kBad, kBad, kBad}), Phase::kRunning);
}

TEST(ArgoMetricTest, FiveErrorsInARowAreAnError) {
  EXPECT_EQ(After({}, {kError, kError, kError, kError, kGood, kError}), Phase::kRunning);
  EXPECT_EQ(After({}, {kError, kError, kError, kError, kError}), Phase::kError);
}

TEST(ArgoMetricTest, ErrorsDoNotCountAsMeasurements) {
  EXPECT_EQ(After({.count = 2}, {kGood, kError}), Phase::kRunning);
  EXPECT_EQ(After({.count = 2}, {kGood, kError, kGood}), Phase::kSuccessful);
}

TEST(ArgoMetricTest, IsInconclusiveBeyondItsLimit) {
  EXPECT_EQ(After({}, {kUnclear}), Phase::kInconclusive);
  EXPECT_EQ(After({.inconclusive_limit = 1}, {kUnclear}), Phase::kRunning);
}

TEST(ArgoMetricTest, AStreakOfSuccessesEndsIt) {
  EXPECT_EQ(After({.consecutive_success_limit = 2}, {kGood, kGood}), Phase::kSuccessful);
  EXPECT_EQ(After({.count = 2, .failure_limit = 1, .consecutive_success_limit = 2}, {kGood, kBad}),
            Phase::kInconclusive);
  EXPECT_EQ(After({.count = 2, .failure_limit = -1, .consecutive_success_limit = 2}, {kGood, kBad}),
            Phase::kFailed);
}

TEST(ArgoMetricTest, TerminatedBeforeItsFirstMeasurementIsASuccess) {
  EXPECT_EQ(ArgoMetric({.count = 5}).Terminate(), Phase::kSuccessful);
}

TEST(ArgoMetricTest, AsksForFailureFirst) {
  EXPECT_EQ(ArgoMetric::Judge(true, true), kBad);
  EXPECT_EQ(ArgoMetric::Judge(true, false), kGood);
  EXPECT_EQ(ArgoMetric::Judge(false, false), kUnclear);
}

}  // namespace
}  // namespace haldane::benchmarks
