#include "stats/forecast.h"

#include <cmath>
#include <functional>
#include <vector>

#include "stats/log_space.h"
#include "stats/non_inferiority.h"

namespace haldane::stats {
namespace {

constexpr double kYear = 365.0 * 86400;
constexpr double kLargestRatio = 1e6;
constexpr double kNoHarmPresenceShare = 0.22314355131420971;  // -ln 0.8: presence says nothing here
constexpr HuberNull kProfileTails = {.weight = 0.05, .inflation = 2};

// Hosts with rates around `mean` whose relative standard deviation is `spread`:
// evenly spaced, with that variance among them.
CohortCounts SpreadHosts(int hosts, double mean, double spread) {
  CohortCounts cohort;
  const double n = hosts;
  // The numbers 2h - n + 1 have a sum of squares of (n - 1) n (n + 1)/3.
  const double unit = hosts > 1 ? spread / std::sqrt((n + 1) * n / 3) : 0;
  for (int h = 0; h < hosts; ++h) {
    cohort.events.push_back(mean * std::fmax(0, 1 + unit * (2 * h - n + 1)));
    cohort.weights.push_back(1);
  }
  return cohort;
}

RandomEffects MiddlePath(const PlannedSignal& signal, double ratio, double seconds) {
  const double mean = signal.rate * seconds / signal.dispersion;
  const double canary = mean * signal.exposure_ratio;
  const double log_odds =
      std::log(signal.canary_hosts * signal.exposure_ratio / static_cast<double>(signal.baseline_hosts));
  return RandomEffects({SpreadHosts(signal.canary_hosts, canary * ratio, signal.host_spread),
                        SpreadHosts(signal.baseline_hosts, mean, signal.host_spread), log_odds},
                       signal.prior);
}

// The smallest x in [low, high] with reached(x), to a relative `precision`;
// +infinity when reached(high) is false. `reached` turns true once.
double LeastReached(double low, double high, double precision, const std::function<bool(double)>& reached) {
  double outside = low;
  double inside = low;
  while (!reached(inside)) {
    if (inside >= high) return kInfinity;
    outside = inside;
    inside = std::fmin(high, inside < 2 ? 1 + 2 * (inside - 1) + 0.01 : 2 * inside);
  }
  while (inside > outside * (1 + precision)) {
    const double middle = std::sqrt(inside * outside);
    (reached(middle) ? inside : outside) = middle;
  }
  return inside;
}

}  // namespace

double ForecastHarm(const PlannedSignal& signal, double ratio, double seconds) {
  const HuberNull huber = signal.has_profile ? kProfileTails : HuberNull{};
  const double evidence =
      HarmLogEvidence(MiddlePath(signal, ratio, seconds), std::log(signal.tolerate_ratio), huber);
  return evidence - kNoHarmPresenceShare - (signal.has_restarts ? kLog2 : 0);
}

double ForecastClear(const PlannedSignal& signal, double ratio, double seconds) {
  return ClearLogEvidence(MiddlePath(signal, ratio, seconds), std::log(signal.tolerate_ratio));
}

double SecondsToHarm(const PlannedSignal& signal, double ratio) {
  return LeastReached(1, kYear, 0.01, [&](double seconds) {
    return ForecastHarm(signal, ratio, seconds) >= signal.harm_bound;
  });
}

double SecondsToClear(const PlannedSignal& signal, double ratio) {
  return LeastReached(1, kYear, 0.01, [&](double seconds) {
    return ForecastClear(signal, ratio, seconds) >= signal.clear_bound;
  });
}

double SmallestHarm(const PlannedSignal& signal, double seconds) {
  const double found = LeastReached(1, kLargestRatio / signal.tolerate_ratio, 0.001, [&](double excess) {
    return ForecastHarm(signal, signal.tolerate_ratio * excess, seconds) >= signal.harm_bound;
  });
  return found * signal.tolerate_ratio;
}

double SmallestTolerance(const PlannedSignal& signal, double seconds) {
  PlannedSignal tried = signal;
  return LeastReached(1, kLargestRatio, 0.001, [&](double tolerance) {
    tried.tolerate_ratio = tolerance;
    return ForecastClear(tried, 1, seconds) >= signal.clear_bound;
  });
}

}  // namespace haldane::stats
