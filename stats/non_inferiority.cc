#include "stats/non_inferiority.h"

#include "stats/log_space.h"

namespace haldane::stats {

double HarmLogEvidence(const RandomEffects& split, double boundary, const HuberNull& huber) {
  return split.LogEvidence({-kInfinity, boundary}, EffectGrid::Above(boundary).WithReach(boundary, 1), huber);
}

double ClearLogEvidence(const RandomEffects& split, double boundary) {
  return split.LogEvidence({boundary, kInfinity}, EffectGrid::Below(boundary).WithReach(boundary, -1));
}

double ExcessOverBoundary(double canary_events, double baseline_events, double log_odds_at_boundary) {
  const double total = canary_events + baseline_events;
  const double canary = total * Probability(log_odds_at_boundary);
  const double baseline = total * Probability(-log_odds_at_boundary);
  if (!(canary_events > canary) || !(baseline > 0)) return 0;
  return Divergence(canary_events, canary) + Divergence(baseline_events, baseline);
}

}  // namespace haldane::stats
