#include "stats/rate_sequence.h"

#include <algorithm>
#include <cmath>

#include "stats/log_gamma.h"
#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// Prior shape and rate, in units of the rate that is tested: mean one, and
// vague enough that a clean canary is not held to the prior.
constexpr double kShape = 0.5;
constexpr double kPriorExpected = 0.5;

}  // namespace

double RateLogEvidence(double events, double expected) {
  return Divergence(events, expected + kPriorExpected) - kPriorExpected +
         RisingFactorialExcess(kShape, events) - kShape * std::log1p(expected / kPriorExpected);
}

double BelowRateLogEvidence(double events, double expected) {
  return RateLogEvidence(events, std::max(events, expected));
}

}  // namespace haldane::stats
