#include "stats/grids.h"

#include <algorithm>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

// The nearest alternative to either side of a boundary: closer ones need more
// evidence than any rollout sees.
constexpr double kNearest = 0.03;

constexpr std::array<double, 24> kExcessAbove = {kNearest,
                                                 0.064538521137571172,
                                                 0.11000089521432851,
                                                 0.15762894420358313,
                                                 0.2076393647782445,
                                                 0.26028309826366648,
                                                 0.31585294941847725,
                                                 0.37469344944141069,
                                                 0.43721380642274468,
                                                 0.5039051809214169,
                                                 0.57536414490356185,
                                                 0.65232518603969018,
                                                 0.73570679497874124,
                                                 0.82667857318446793,
                                                 0.92676203174145047,
                                                 1.0379876668516748,
                                                 1.1631508098056809,
                                                 1.3062516534463542,
                                                 1.4733057381095204,
                                                 1.6739764335716715,
                                                 1.9252908618525776,
                                                 2.2617630984737906,
                                                 2.7725887222397812,
                                                 3.8712010109078909};

constexpr std::array<double, 12> kDistanceBelow = {0.08,
                                                   0.14641723143988571,
                                                   0.24353840687410323,
                                                   0.35703739794914724,
                                                   0.4826787919807601,
                                                   0.61819762133560355,
                                                   0.76214608954541,
                                                   0.91350502104702765,
                                                   1.0715114902391849,
                                                   1.2355693936429797,
                                                   1.4051979895657021,
                                                   1.58};

}  // namespace

const std::array<double, kSpreads> kSpreadGrid = {0.01,
                                                  0.016519410534528961,
                                                  0.027289092440830641,
                                                  0.045079972114479233,
                                                  0.074469456624420005,
                                                  0.12301915262620914,
                                                  0.20322038858422253,
                                                  0.33570810280092747,
                                                  0.55456999699363726,
                                                  0.91611694504703856,
                                                  1.5133711912870538,
                                                  2.5};

SpreadPrior FlatSpreadPrior() {
  SpreadPrior prior;
  prior.fill(-kLog12);
  return prior;
}

void EffectGrid::Add(double effect, double variance, double log_weight) {
  effects_[size_] = effect;
  variances_[size_] = variance;
  log_weights_[size_] = log_weight;
  ++size_;
}

EffectGrid EffectGrid::Above(double boundary) {
  EffectGrid grid;
  for (const double excess : kExcessAbove) grid.Add(boundary + excess, 0, -kLog24);
  grid.ordered_ = grid.size_;
  return grid;
}

EffectGrid EffectGrid::Below(double boundary) {
  EffectGrid grid;
  grid.Add(std::min(0.0, boundary - kNearest), 0, -kLog2);
  for (const double distance : kDistanceBelow) grid.Add(boundary - distance, 0, -kLog24);
  return grid;
}

EffectGrid EffectGrid::WithReach(double boundary, double direction) const {
  EffectGrid grid = *this;
  for (int g = 0; g < grid.size_; ++g) grid.log_weights_[g] += kLogNineTenths;
  grid.Add(boundary + direction * 0.7, 0.5 * 0.5, kLogThirtieth);
  grid.Add(boundary + direction * 2, 1, kLogThirtieth);
  grid.Add(boundary + direction * 5, 2.5 * 2.5, kLogThirtieth);
  return grid;
}

}  // namespace haldane::stats
