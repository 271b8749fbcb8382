#pragma once

#include "stats/random_effects.h"

namespace haldane::stats {

// A range for the canary's rate over the baseline's.
//   ratio  the estimate; 0 when it cannot be formed (no baseline events)
//   high   may be +infinity
// low <= ratio <= high whenever the ratio can be formed.
struct RatioInterval {
  double ratio;
  double low;
  double high;
};

// Confidence sequence for the ratio: every ratio that the two one-sided tests
// have not rejected, each at alpha/2. Valid at every moment at once.
//   low > r   if and only if  HarmLogEvidence(harm, ln r, huber) >= ln(2/alpha) + extra
//   high < r  if and only if  ClearLogEvidence(clear, ln r) >= ln(4/alpha)
// to 1e-4 relative, rounded outward. So high < 1 + delta at alpha = 2 missed
// says what a promotion at ln(2/missed) says.
//   harm   the data of the halt path; clear  of the promotion path. Where a
//          burst makes the two disagree, the interval is widened to hold the
//          estimate, which comes from `clear`.
//   alpha  in (0, 1).
// Source: inversion of a family of tests; monotone in the tested ratio.
struct HarmTest {
  HuberNull huber;
  double extra = 0;  // nats, >= 0: what the test is short of where it is one part of an average
};
RatioInterval RatioSequence(const RandomEffects& harm, const RandomEffects& clear, double alpha,
                            const HarmTest& harm_test = {});

}  // namespace haldane::stats
