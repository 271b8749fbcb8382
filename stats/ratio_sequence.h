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

// What of a RatioSequence is up to its user.
struct RatioTest {
  double low_alpha;  // each end errs with at most half of its alpha, in (0, 1)
  double high_alpha;
  HuberNull huber = {};
  double extra = 0;   // nats, >= 0: what the harm test is short of where it is one part of an average
  double anchor = 1;  // the ratio whose exclusion must be exact: the tolerated one
};

// Confidence sequence for the ratio: every ratio that the two one-sided tests
// have not rejected. Valid at every moment at once.
//   low >= r   if and only if  HarmLogEvidence(harm, ln r, huber) >= ln(2/low_alpha) + extra
//   high <= r  if and only if  ClearLogEvidence(clear, ln r) >= ln(4/high_alpha)
// for r on the lattice anchor e^(i/2048): ends are rounded outward to it. So
// high <= 1 + delta at high_alpha = 2 missed says what a promotion at ln(2/missed)
// says.
//   harm   the data of the halt path; clear  of the promotion path. Where a
//          burst makes the two disagree, the interval is widened to hold the
//          estimate, which comes from `clear`.
// Source: inversion of a family of tests; monotone in the tested ratio.
RatioInterval RatioSequence(const RandomEffects& harm, const RandomEffects& clear, const RatioTest& test);

}  // namespace haldane::stats
