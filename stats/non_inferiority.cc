#include "stats/non_inferiority.h"

#include "stats/log_space.h"

namespace haldane::stats {

double HarmLogEvidence(const RandomEffects& split, double boundary, const HuberNull& huber) {
  return split.LogEvidence({-kInfinity, boundary}, EffectGrid::Above(boundary).WithReach(boundary, 1), huber);
}

double ClearLogEvidence(const RandomEffects& split, double boundary) {
  return split.LogEvidence({boundary, kInfinity}, EffectGrid::Below(boundary).WithReach(boundary, -1));
}

}  // namespace haldane::stats
