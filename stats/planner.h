#pragma once

#include "stats/oracle.h"

namespace haldane::stats {

// How long a rollout of a given size must be watched. Hosts per cohort, events
// per host and second on the baseline, and how they vary.
struct RolloutShape {
  double canary_hosts;
  double baseline_hosts;
  double rate;             // events per baseline host and second, > 0
  double host_spread = 0;  // tau: relative standard deviation between hosts
  double dispersion = 1;   // phi: variance in time over Poisson's
};

// OracleBound (oracle.h) for that shape.
//   Source: Wald 1945. ratio > 0 and != null_ratio; alpha in (0, 1). Ignores
//   host_spread and dispersion.
WaldBound OracleDetection(const RolloutShape& shape, double ratio, double alpha, double null_ratio = 1);

// Extra nats of the mixture over a known alternative, measured: with a profile
// and without.
inline constexpr double kOverheadWithProfile = 2;
inline constexpr double kOverheadCold = 4;

// Seconds until a rate ratio is expected to be detected: the oracle's time, with
// `overhead` nats on top, times dispersion, and longer as hosts differ:
//   t = phi (ln(1/alpha) + overhead) / (events per second * information)
//       / (1 - tau^2 (1/n_c + 1/n_b) / V*),
//   V* = (ln ratio - ln null_ratio)^2 / (2 (ln(1/alpha) + overhead))
// +infinity where hosts differ too much for cohorts of this size: waiting does
// not help, more hosts or their own past do. ratio > null_ratio. The host term is
// an approximation (normal, local).
double ExpectedDetectionSeconds(const RolloutShape& shape, double ratio, double alpha, double overhead,
                                double null_ratio = 1);

// Canary hosts needed to detect `ratio` at all, other things equal; +infinity
// when the baseline alone is too small.
double CanaryHostsNeeded(const RolloutShape& shape, double ratio, double alpha, double overhead,
                         double null_ratio = 1);

// The rate ratio that is found with 80 % power after `seconds`:
//   ln MDE = ln null_ratio + sqrt(2 V (ln(1/alpha) + overhead)) + 0.84 sqrt(V),
//   V = phi (1/(rate n_c t) + 1/(rate n_b t)) + tau^2 (1/n_c + 1/n_b)
double DetectableRatio(const RolloutShape& shape, double seconds, double alpha, double overhead,
                       double null_ratio = 1);

}  // namespace haldane::stats
