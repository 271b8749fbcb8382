#include "stats/non_inferiority.h"

#include <algorithm>

namespace haldane::stats {

double HarmLogEvidence(const RandomEffects& split, double boundary) {
  return split.LogEvidence(std::min(boundary, split.CentralEffect()),
                           EffectGrid::Above(boundary).WithReach(boundary, 1));
}

double ClearLogEvidence(const RandomEffects& split, double boundary) {
  return split.LogEvidence(std::max(boundary, split.CentralEffect()),
                           EffectGrid::Below(boundary).WithReach(boundary, -1));
}

}  // namespace haldane::stats
