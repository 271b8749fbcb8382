#pragma once

#include "stats/grids.h"
#include "stats/random_effects.h"

namespace haldane::stats {

// One count-like signal of a rollout that has not begun.
struct PlannedSignal {
  int canary_hosts;                       // > 0
  int baseline_hosts;                     // > 0
  double rate;                            // events per baseline host and second, > 0
  double exposure_ratio = 1;              // exposure of a canary host over that of a baseline host
  double host_spread = 0;                 // relative standard deviation of hosts' rates, >= 0
  double dispersion = 1;                  // phi, variance in time over Poisson's
  SpreadPrior prior = FlatSpreadPrior();  // the engine's: CautiousPrior with a profile
  bool has_profile = false;
  bool has_restarts = false;  // costs ln 2 of harm evidence
  double tolerate_ratio = 1.25;
  double harm_bound = 4.6;   // ln(1/(alpha w))
  double clear_bound = 3.7;  // ln(2/missed)
};

// What the engine would say on the middle path: both cohorts have the events
// they are expected to have, and hosts differ by host_spread within a cohort but
// not between cohorts. Computed by the engine itself (RandomEffects), so grids,
// prior, null and bounds are those of the rollout; half of rollouts take longer.
// Presence, the past of the same hosts and absolute limits are left out: they
// only make it sooner.
double ForecastHarm(const PlannedSignal& signal, double ratio, double seconds);   // ln e-value
double ForecastClear(const PlannedSignal& signal, double ratio, double seconds);  // ln e-value

// Seconds until a canary of that rate ratio is shown to be harmful, or clear.
// +infinity when a year does not suffice: waiting does not help, more hosts or
// their own past do. To 1 %.
double SecondsToHarm(const PlannedSignal& signal, double ratio);
double SecondsToClear(const PlannedSignal& signal, double ratio = 1);

// The smallest ratio that is shown to be harmful within a window of that many
// seconds: a smaller regression could hide. +infinity if none up to 10^6 is. To
// 0.1 %.
double SmallestHarm(const PlannedSignal& signal, double seconds);

// The smallest tolerate_ratio with which an unchanged canary is shown to be clear
// within the window. +infinity as above.
double SmallestTolerance(const PlannedSignal& signal, double seconds);

}  // namespace haldane::stats
