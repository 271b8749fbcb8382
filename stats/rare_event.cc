#include "stats/rare_event.h"

#include <array>
#include <cmath>
#include <cstddef>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr std::array<double, 6> kCrashRatios = {2, 4, 10, 30, 100, 1000};

}  // namespace

RarePrior RarePriorFrom(double baseline_events, double baseline_exposure, double history_events,
                        double history_exposure, double discount) {
  return {0.5 + baseline_events + discount * history_events, baseline_exposure + discount * history_exposure};
}

double RareEventLogEvidence(const RarePrior& prior, double events, double exposure, double tolerate_ratio) {
  if (!(prior.exposure > 0) || !(exposure > 0)) return 0;
  const double units = exposure / prior.exposure;
  const double tolerated = std::log1p(tolerate_ratio * units);
  std::array<double, kCrashRatios.size()> terms;
  for (std::size_t i = 0; i < kCrashRatios.size(); ++i) {
    terms[i] = events * std::log(kCrashRatios[i] / tolerate_ratio) -
               (prior.shape + events) * (std::log1p(kCrashRatios[i] * units) - tolerated);
  }
  return LogSum(terms) - kLog6;
}

}  // namespace haldane::stats
