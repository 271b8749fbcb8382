#include "stats/ratio_sequence.h"

#include <algorithm>
#include <cmath>

#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

constexpr double kTolerance = 1e-4;
constexpr double kFirstStep = 0.25;
// Beyond e^60 on either side of the estimate a limit says nothing.
constexpr double kFarthest = 60;

// Walks from `from` in `direction` (+1 or -1) to where `rejected` begins, and
// returns a rejected point within kTolerance of that; infinite when there is
// none within reach.
template <typename Rejected>
double FirstRejected(double from, double direction, const Rejected& rejected) {
  double kept = from;
  double step = kFirstStep;
  while (!rejected(kept + direction * step)) {
    kept += direction * step;
    step *= 2;
    if (std::fabs(kept - from) > kFarthest) return direction * kInfinity;
  }
  double outside = kept + direction * step;
  while (std::fabs(outside - kept) > kTolerance) {
    const double middle = kept + (outside - kept) / 2;
    (rejected(middle) ? outside : kept) = middle;
  }
  return outside;
}

}  // namespace

RatioInterval RatioSequence(const RandomEffects& harm, const RandomEffects& clear, double alpha,
                            const HarmTest& harm_test) {
  RatioInterval interval = {0, 0, kInfinity};
  const double harm_bound = std::log(2 / alpha) + harm_test.extra;
  interval.low = std::exp(FirstRejected(harm.CentralEffect(), -1, [&](double effect) {
    return HarmLogEvidence(harm, effect, harm_test.huber) >= harm_bound;
  }));
  if (clear.baseline_events() == 0) return interval;
  const double clear_bound = std::log(4 / alpha);
  interval.high = std::exp(FirstRejected(clear.CentralEffect(), 1, [&](double effect) {
    return ClearLogEvidence(clear, effect) >= clear_bound;
  }));
  interval.ratio = clear.canary_events() / clear.baseline_events() * std::exp(-clear.LogOdds());
  // The upper end comes from the same data as the ratio and is above it anyway.
  interval.low = std::min(interval.low, interval.ratio);
  return interval;
}

}  // namespace haldane::stats
