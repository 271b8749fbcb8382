#include "benchmarks/peers/kayenta_score.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace haldane::benchmarks {
namespace {

using Label = KayentaMetricResult::Label;

constexpr Label P = Label::kPass;
constexpr Label H = Label::kHigh;
constexpr Label L = Label::kLow;
constexpr Label N = Label::kNodata;

std::vector<KayentaScoredMetric> Groups(const std::vector<std::vector<Label>>& groups) {
  std::vector<KayentaScoredMetric> metrics;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const Label label : groups[g]) metrics.push_back({label, false, false, {std::to_string(g)}});
  }
  return metrics;
}

double Score(const std::vector<KayentaScoredMetric>& metrics, std::map<std::string, double> weights = {}) {
  return ScoreKayenta(metrics, weights).total;
}

TEST(KayentaScoreTest, IsThePassingShareOfEachGroupWeighted) {
  EXPECT_EQ(Score(Groups({{P}})), 100);
  EXPECT_EQ(Score(Groups({{H}})), 0);
  EXPECT_EQ(Score(Groups({{P, H}})), 50);
  EXPECT_EQ(Score(Groups({{P, H, L}})), 33.33);
  EXPECT_EQ(Score(Groups({{P, P}, {H}}), {{"0", 75}, {"1", 25}}), 75);
  EXPECT_EQ(Score(Groups({{P, H}, {H}}), {{"0", 50}, {"1", 50}}), 25);
  EXPECT_EQ(Score(Groups({{H, L, P}, {H}}), {{"0", 15}, {"1", 85}}), 5);
}

TEST(KayentaScoreTest, LeavesMetricsWithoutDataOutUntilTheyAreHalf) {
  EXPECT_EQ(Score(Groups({{N}})), 0);
  EXPECT_EQ(Score(Groups({{P, P}, {N}})), 100);
  EXPECT_EQ(Score(Groups({{P, N}, {H}}), {{"0", 50}, {"1", 50}}), 50);
  EXPECT_EQ(Score(Groups({{P, N}})), 0);
}

TEST(KayentaScoreTest, IsZeroWhenACriticalMetricDoesNotPass) {
  EXPECT_EQ(Score({{P, false, false, {"g"}}, {H, true, false, {"g"}}}), 0);
  EXPECT_EQ(Score({{P, false, false, {"g"}}, {N, true, false, {"g"}}}), 0);
  EXPECT_EQ(Score({{L, false, false, {"g"}}, {P, true, false, {"g"}}}), 50);
}

TEST(KayentaScoreTest, SharesTheRestOfTheWeightAmongGroupsWithoutOne) {
  EXPECT_EQ(Score(Groups({{P}, {H}, {P}}), {{"0", 40}}), 70);
}

TEST(KayentaScoreTest, IgnoresMutedMetricsAndFailedClassifications) {
  EXPECT_EQ(Score({{H, true, true, {"g"}}, {P, true, false, {"g"}}}), 100);
  EXPECT_EQ(Score({{Label::kError, false, false, {"g"}}}), 100);
  EXPECT_EQ(ScoreKayenta({{Label::kError, false, false, {"g"}}}, {}).groups.at("g"), 0);
}

TEST(KayentaScoreTest, CountsMissingButRequiredDataAsAFailure) {
  EXPECT_EQ(Score(Groups({{P, Label::kNodataFail}})), 50);
}

TEST(KayentaScoreTest, LabelsTheScore) {
  EXPECT_EQ(LabelKayentaScore(75, 50, 75), KayentaVerdict::kPass);
  EXPECT_EQ(LabelKayentaScore(50, 50, 75), KayentaVerdict::kMarginal);
  EXPECT_EQ(LabelKayentaScore(49.99, 50, 75), KayentaVerdict::kFail);
}

TEST(KayentaScoreTest, TheLastJudgementMustReachThePassingScore) {
  EXPECT_TRUE(PassedKayenta(95, std::nullopt, std::nullopt));
  EXPECT_FALSE(PassedKayenta(60, 75, 95));
  EXPECT_TRUE(PassedKayenta(85, 75, std::nullopt));
  EXPECT_FALSE(PassedKayenta(85, 75, 95));
  EXPECT_TRUE(PassedKayenta(97, 75, 95));
  EXPECT_FALSE(PassedKayenta(75, 75, std::nullopt));
}

}  // namespace
}  // namespace haldane::benchmarks
