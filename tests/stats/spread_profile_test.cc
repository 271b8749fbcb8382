#include "stats/spread_profile.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "stats/dirichlet_multinomial.h"

namespace haldane::stats {
namespace {

const std::vector<double> kSpreads4 = {.01, .1, .3, 1};
const std::vector<double> kEven = {1, 1, 1, 1};

const std::vector<std::vector<double>> kWindows = {{12, 9, 11, 10}, {30, 18, 25, 14}, {100, 140, 90, 120}};

TEST(SpreadProfileTest, LikelihoodMatchesReferenceValues) {
  const double expected[3][4] = {{-58.2256876233, -58.3517003543, -59.1174242333, -61.9364117752},
                                 {-120.6032472659, -120.2739556474, -119.8841240085, -122.1123721884},
                                 {-623.7763232540, -621.5079232312, -621.5312160139, -624.7597446254}};
  for (int w = 0; w < 3; ++w) {
    const std::vector<double> fit = SpreadLikelihood({kWindows[w], kEven}, kSpreads4);
    for (int k = 0; k < 4; ++k) EXPECT_NEAR(fit[k] + BestMultinomial(kWindows[w]), expected[w][k], 1e-8);
  }
}

TEST(SpreadProfileTest, LearningMatchesReferenceValues) {
  std::vector<std::vector<double>> likelihoods;
  for (const auto& window : kWindows) likelihoods.push_back(SpreadLikelihood({window, kEven}, kSpreads4));
  const double once[] = {.2390056844, .3301168300, .3156306597, .1152468260};
  const double twice[] = {.2144488697, .3537050060, .3259420634, .1059040609};
  const double settled[] = {.1896056361, .3859987656, .3191781806, .1052174177};
  for (int k = 0; k < 4; ++k) {
    EXPECT_NEAR(LearnSpreads(likelihoods, 4, 1)[k], once[k], 1e-9);
    EXPECT_NEAR(LearnSpreads(likelihoods, 4, 2)[k], twice[k], 1e-9);
    EXPECT_NEAR(LearnSpreads(likelihoods, 4)[k], settled[k], 1e-9);
  }
}

TEST(SpreadProfileTest, NoHistoryTeachesNothing) {
  for (const double q : LearnSpreads({}, 4)) EXPECT_DOUBLE_EQ(q, 0.25);
}

TEST(SpreadProfileTest, CautionKeepsEverySpreadPossible) {
  std::vector<double> learned(kSpreads, 0);
  learned[2] = 1;
  const SpreadPrior prior = CautiousPrior(learned, 0.2);
  EXPECT_NEAR(std::exp(prior[2]), 0.8 + 0.2 / 12, 1e-12);
  EXPECT_NEAR(std::exp(prior[11]), 0.2 / 12, 1e-12);
  EXPECT_EQ(CautiousPrior(learned, 1)[2], CautiousPrior(learned, 1)[0]);
}

TEST(SpreadProfileTest, UsualDispersionIsThatOfAllWindowsTogether) {
  EXPECT_EQ(UsualDispersion({}), 1);
  EXPECT_NEAR(UsualDispersion({{.ss = 30, .se = 10}, {.ss = 5, .se = 5}}), 40. / 20, 1e-12);
  EXPECT_EQ(UsualDispersion({{.ss = 1, .se = 100}}), 1);
  EXPECT_NEAR(UsualDispersion({{.ss = 1, .se = 55}}, 0.05), 0.1, 1e-12);
}

TEST(SpreadProfileTest, OnlyALongHistoryWithAnIncidentIsTrusted) {
  EXPECT_EQ(AdvisedCaution(200, true), 0.2);
  EXPECT_EQ(AdvisedCaution(199, true), 0.5);
  EXPECT_EQ(AdvisedCaution(500, false), 0.5);
}

}  // namespace
}  // namespace haldane::stats
