#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "stats/cohort.h"
#include "stats/random_effects.h"

namespace haldane::stats {

inline constexpr Cohort kC = Cohort::kCanary;
inline constexpr Cohort kB = Cohort::kBaseline;

// Hosts of one cohort with equal exposure.
inline CohortCounts EvenHosts(std::vector<double> events) {
  const std::size_t hosts = events.size();
  return {std::move(events), std::vector<double>(hosts, 1)};
}

// Two such cohorts, the canary with a share p of the exposure.
inline SplitCounts EvenSplit(std::vector<double> canary, std::vector<double> baseline, double p) {
  return {EvenHosts(std::move(canary)), EvenHosts(std::move(baseline)), std::log(p / (1 - p))};
}

}  // namespace haldane::stats
