#pragma once

namespace haldane::stats {

// A range for a probability.
struct ProbabilityInterval {
  double low;
  double high;
};

// Clopper and Pearson's exact interval after `successes` of `trials` independent
// trials: holds the true probability at least with `confidence`. For measured
// error rates, such as false halts between pseudo-canaries.
//   0 <= successes <= trials, trials > 0, confidence in (0, 1). At one moment
//   fixed beforehand only: not valid under repeated looks.
ProbabilityInterval ClopperPearson(double successes, double trials, double confidence = 0.95);

}  // namespace haldane::stats
