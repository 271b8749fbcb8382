#pragma once

#include "stats/random_effects.h"

namespace haldane::stats {

// The two one-sided questions asked of the same engine. `boundary` is the log
// of the rate ratio that divides tolerable from not.
//
// Harm, null "ratio <= e^boundary": alternatives above it. Halt at
// ln(1/alpha).
double HarmLogEvidence(const RandomEffects& split, double boundary, const HuberNull& huber = {});

// Non-inferiority, null "ratio >= e^boundary": alternatives below it, half the
// prior on "no change". Promote at ln(2/alpha): the boundary is approached
// from the side where drift hurts, and the factor 2 is what keeps false
// promotion below alpha in simulation. Build `split` from counts that no
// bucket has capped: capping pulls the ratio to one.
//
// Either null is composite. The evidence is against its best-fitting member:
// the boundary when the data lie beyond it, the estimate itself when they lie
// within the null. (Universal inference's minimum over the null; it also lets
// the alternatives be broad, as their tails within the null cannot win.)
// Non-inferiority always uses the Huber null (0.10, 3), harm unless told
// otherwise; both use EffectGrid::WithReach.
// Guarantee and assumptions: RandomEffects.
double ClearLogEvidence(const RandomEffects& split, double boundary);

// How many nats better the best-fitting ratio explains the split than the ratio
// at `boundary` does, were hosts alike: 0 when the estimate does not exceed it.
// Harm evidence stays below it but for a fraction of a nat.
//   log_odds_at_boundary  of an event falling on the canary there
double ExcessOverBoundary(double canary_events, double baseline_events, double log_odds_at_boundary);

}  // namespace haldane::stats
