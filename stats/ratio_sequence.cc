#include "stats/ratio_sequence.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

constexpr int kPerUnit = 8192;  // lattice points in a unit of the log ratio
constexpr int kFirstStep = kPerUnit / 4;
// Beyond e^60 on either side of the estimate a limit says nothing.
constexpr int kFarthest = 60 * kPerUnit;

// The lattice point nearest to `from`, beyond it in `direction` (+1 or -1),
// where `rejected` begins; nothing when that is not within reach. Starts looking
// at `hint`.
template <typename Rejected>
std::optional<int> FirstRejected(int from, int direction, int hint, const Rejected& rejected) {
  const int reach = (hint - from) * direction;
  int kept = 0;     // distance from `from`; not rejected, or where we came from
  int outside = 0;  // rejected, once above 0
  if (reach > 0 && reach < kFarthest) {
    if (rejected(hint)) {
      outside = reach;
      // Most often it has moved by little.
      for (int step = 1; outside > 1; step *= 4) {
        const int inner = std::max(reach - step, 0);
        if (inner == 0) break;
        if (!rejected(from + direction * inner)) {
          kept = inner;
          break;
        }
        outside = inner;
      }
    } else {
      kept = reach;
    }
  }
  int step = kept > 0 ? 1 : kFirstStep;
  while (outside == 0) {
    const int next = kept + step;
    if (next > kFarthest) return std::nullopt;
    if (rejected(from + direction * next)) {
      outside = next;
    } else {
      kept = next;
    }
    step *= 2;
  }
  while (outside - kept > 1) {
    const int middle = kept + (outside - kept) / 2;
    (rejected(from + direction * middle) ? outside : kept) = middle;
  }
  return from + direction * outside;
}

}  // namespace

RatioInterval RatioSequence(const RandomEffects& harm, const RandomEffects& clear, const RatioTest& test,
                            RatioHint* hint) {
  RatioInterval interval = {0, 0, kInfinity};
  const double anchor = std::log(test.anchor);
  const auto effect = [&](int point) { return anchor + static_cast<double>(point) / kPerUnit; };
  const auto ratio = [&](int point) { return test.anchor * std::exp(static_cast<double>(point) / kPerUnit); };
  const auto nearest = [&](const RandomEffects& split) {
    return static_cast<int>(std::floor((split.CentralEffect() - anchor) * kPerUnit));
  };
  RatioHint none;
  RatioHint& last = hint ? *hint : none;

  const double harm_bound = std::log(2 / test.low_alpha) + test.extra;
  const std::optional<int> low = FirstRejected(nearest(harm) + 1, -1, last.low, [&](int point) {
    return HarmLogEvidence(harm, effect(point), test.huber) >= harm_bound;
  });
  if (low) interval.low = ratio(last.low = *low);
  if (clear.baseline_events() == 0) return interval;
  const double clear_bound = std::log(4 / test.high_alpha);
  const std::optional<int> high = FirstRejected(nearest(clear), 1, last.high, [&](int point) {
    return ClearLogEvidence(clear, effect(point)) >= clear_bound;
  });
  if (high) interval.high = ratio(last.high = *high);
  interval.ratio = clear.canary_events() / clear.baseline_events() * std::exp(-clear.LogOdds());
  // The upper end comes from the same data as the ratio and is above it anyway.
  interval.low = std::min(interval.low, interval.ratio);
  return interval;
}

}  // namespace haldane::stats
