#include "stats/dirichlet_multinomial.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace haldane::stats {
namespace {

double LogOdds(double p) { return std::log(p / (1 - p)); }

double Split(double y_c, double y_b, double p, double variance) {
  return SplitFit(LogOdds(p), variance, y_c, y_b) + BestMultinomial({y_c, y_b});
}

double Within(const std::vector<double>& alpha, const std::vector<double>& events) {
  return DirichletMultinomialFit(alpha, events) + BestMultinomial(events);
}

TEST(DirichletMultinomialTest, SplitMatchesReferenceValues) {
  EXPECT_NEAR(Split(34, 36, .3, .01), -53.1388079116, 1e-8);
  EXPECT_NEAR(Split(34, 36, .45, .01), -48.7257677640, 1e-8);
  EXPECT_NEAR(Split(3, 0, .090909090909, .25), -6.67513992814, 1e-8);
  EXPECT_NEAR(Split(12.5, 7.5, .5, .04), -13.8494505697, 1e-8);
}

TEST(DirichletMultinomialTest, CohortMatchesReferenceValues) {
  EXPECT_NEAR(Within(std::vector<double>(7, 25), {5, 6, 4, 7, 3, 5, 6}), -70.4339532388, 1e-8);
  EXPECT_NEAR(Within({4 * .8, 4 * 1., 4 * 1.2}, {14, 9, 11}), -38.6067650372, 1e-8);
}

TEST(DirichletMultinomialTest, ASplitIsACohortOfTwo) {
  const double p = 0.3;
  const double total = 1 / (0.2 * p * (1 - p));
  EXPECT_NEAR(
      SplitFit(LogOdds(p), 0.2, 17, 25),
      DirichletMultinomialFit(std::vector<double>{total * p, total * (1 - p)}, std::vector<double>{17, 25}),
      1e-10);
}

TEST(DirichletMultinomialTest, NoEventsSayNothing) {
  EXPECT_EQ(SplitFit(0.3, 0.1, 0, 0), 0);
  EXPECT_EQ(DirichletMultinomialFit(std::vector<double>{1, 2}, std::vector<double>{0, 0}), 0);
}

TEST(DirichletMultinomialTest, HugeCountsDependSmoothlyOnTheShare) {
  // Where the counts swamp the prior, the fit is its density at the share:
  // doubling them again moves it by ln 2 / 2 - ln 2 alone, not by rounding.
  const double y = 4503599627370496.0;
  const double once = SplitFit(0.1, 0.04, 0.4 * y, 0.6 * y);
  const double twice = SplitFit(0.1, 0.04, 0.8 * y, 1.2 * y);
  EXPECT_NEAR(twice - once, -0.5 * std::log(2), 1e-6);
}

TEST(DirichletMultinomialTest, ATinyShareOfHugeCountsIsNotNoise) {
  // One in 1e12 expected and seen: changing the expectation by a millionth is
  // worth next to nothing, though each term is near 1e16.
  const double events = 9007199254740992.0;
  const double log_odds = std::log(1e-12);
  const double fit = SplitFit(log_odds, 1e-4, events * 1e-12, events);
  EXPECT_NEAR(SplitFit(log_odds + 1e-6, 1e-4, events * 1e-12, events), fit, 1e-3);
}

}  // namespace
}  // namespace haldane::stats
