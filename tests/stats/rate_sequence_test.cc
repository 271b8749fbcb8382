#include "stats/rate_sequence.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "gtest/gtest.h"
#include "stats/log_gamma.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// The mixture by its textbook form, any Gamma(shape, expected) prior.
double Textbook(double events, double expected, double shape, double prior) {
  return shape * std::log(prior) + boost::math::lgamma(shape + events) - boost::math::lgamma(shape) -
         (shape + events) * std::log(prior + expected) + expected;
}

TEST(RateSequenceTest, TextbookFormIsThePublishedOneWhenTruncated) {
  // confseq's gamma-Poisson mixture at s = 10, v = 100, c = 2 (v_opt = 100,
  // alpha_opt = 0.05): 30 events where 25 are expected, alternatives above 1.
  const double prior = 15.8006349069 / 4;
  const double truncation =
      std::log(boost::math::gamma_q(prior + 30, prior + 25)) - std::log(boost::math::gamma_q(prior, prior));
  EXPECT_NEAR(Textbook(30, 25, prior, prior) + truncation, -0.0699121853171, 1e-6);
}

TEST(RateSequenceTest, MatchesTheTextbookForm) {
  for (const double events : {0.0, 0.4, 3.0, 120.0}) {
    for (const double expected : {0.0, 0.7, 9.0, 150.0}) {
      EXPECT_NEAR(RateLogEvidence(events, expected), Textbook(events, expected, 0.5, 0.5), 1e-9);
    }
  }
}

TEST(RateSequenceTest, NothingSeenShowsNothing) { EXPECT_NEAR(RateLogEvidence(0, 0), 0, 1e-12); }

TEST(RateSequenceTest, NoEventsProveALowRateAfterAboutSixExpected) {
  const double enough = std::log(40);
  EXPECT_LT(BelowRateLogEvidence(0, 4.5), enough);
  EXPECT_GT(BelowRateLogEvidence(0, 5.5), enough);
}

TEST(RateSequenceTest, MoreEventsThanTheLimitNeverClear) {
  for (const double events : {10.0, 30.0, 1e6, 9e15}) EXPECT_LT(BelowRateLogEvidence(events, 10), 0);
}

TEST(RateSequenceTest, HugeCountsKeepTheirEvidence) {
  const double expected = 9e15;
  // Three standard deviations below: 9/2 less the price of the mixture.
  const double evidence = BelowRateLogEvidence(expected - 3 * std::sqrt(expected), expected);
  EXPECT_NEAR(evidence, 4.5 - 0.5 * std::log(expected) + 0.5 * std::log(0.5) - 0.5 + 0.5 * std::log(2), 0.1);
}

}  // namespace
}  // namespace haldane::stats
