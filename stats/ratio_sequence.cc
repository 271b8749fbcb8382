#include "stats/ratio_sequence.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

constexpr int kPerUnit = 2048;  // lattice points in a unit of the log ratio
constexpr int kFirstStep = kPerUnit / 4;
// Beyond e^60 on either side of the estimate a limit says nothing.
constexpr int kFarthest = 60 * kPerUnit;

// The lattice point nearest to `from`, beyond it in `direction` (+1 or -1), where
// `excess` (of the evidence over its bound) is no longer negative; nothing when
// that is not within reach. Doubles its steps, then interpolates (the Illinois
// rule), every third time in the middle.
template <typename Excess>
std::optional<int> FirstRejected(int from, int direction, const Excess& excess) {
  const auto at = [&](int distance) { return excess(from + direction * distance); };
  int kept = 0;
  double below = std::min(at(0), -1e-9);
  int outside = kFirstStep;
  double above = at(outside);
  while (above < 0) {
    kept = outside;
    below = above;
    outside = 2 * outside + kFirstStep;
    if (outside > kFarthest) return std::nullopt;
    above = at(outside);
  }
  for (int turn = 1; outside - kept > 1; ++turn) {
    const double between = below / (below - above);  // NaN where evidence is beyond any number
    const double share = turn % 3 == 0 || std::isnan(between) ? 0.5 : between;
    const int step = static_cast<int>(share * (outside - kept) + 0.5);
    const int next = kept + std::clamp(step, 1, outside - kept - 1);
    const double value = at(next);
    if (value >= 0) {
      outside = next;
      above = value;
      below /= 2;
    } else {
      kept = next;
      below = value;
      above /= 2;
    }
  }
  return from + direction * outside;
}

}  // namespace

RatioInterval RatioSequence(const RandomEffects& harm, const RandomEffects& clear, const RatioTest& test) {
  RatioInterval interval = {0, 0, kInfinity};
  const double anchor = std::log(test.anchor);
  const auto effect = [&](int point) { return anchor + static_cast<double>(point) / kPerUnit; };
  const auto ratio = [&](int point) { return test.anchor * std::exp(static_cast<double>(point) / kPerUnit); };
  const auto nearest = [&](const RandomEffects& split) {
    return static_cast<int>(std::floor((split.CentralEffect() - anchor) * kPerUnit));
  };

  const double harm_bound = std::log(2 / test.low_alpha) + test.extra;
  const std::optional<int> low = FirstRejected(nearest(harm) + 1, -1, [&](int point) {
    return HarmLogEvidence(harm, effect(point), test.huber) - harm_bound;
  });
  if (low) interval.low = ratio(*low);
  if (clear.baseline_events() == 0) return interval;
  const double clear_bound = std::log(4 / test.high_alpha);
  const std::optional<int> high = FirstRejected(
      nearest(clear), 1, [&](int point) { return ClearLogEvidence(clear, effect(point)) - clear_bound; });
  if (high) interval.high = ratio(*high);
  interval.ratio = clear.canary_events() / clear.baseline_events() * std::exp(-clear.LogOdds());
  // The upper end comes from the same data as the ratio and is above it anyway.
  interval.low = std::min(interval.low, interval.ratio);
  return interval;
}

}  // namespace haldane::stats
