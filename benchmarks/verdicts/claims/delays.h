#pragma once

#include <string>
#include <vector>

#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// How long a judge took to stop a harmful rollout, over many of them.
struct Delays {
  int runs = 0;
  int stopped = 0;
  double mean = 0;    // seconds after onset; one that was missed counts as the whole horizon
  double error = 0;   // standard error of the mean
  double median = 0;  // the same; of all runs
  double p90 = 0;

  double power() const { return static_cast<double>(stopped) / runs; }
};

// Delays when a stop score beyond `bound` stops. A stop before the onset is no
// detection: the run does not count.
//   horizon  seconds from onset to the end of the cell
Delays DelaysAt(const std::vector<Trace>& traces, double bound, int onset, int horizon);

// The same for the judge's own rule.
Delays DelaysByOwnRule(const std::vector<Trace>& traces, int onset, int horizon);

// The smallest bound that at most alpha of these harmless rollouts exceed.
double BoundForFalseStops(const std::vector<Trace>& traces, double alpha);

// How many runs a bound stops, and how many the judge's own rule does.
int StopsAt(const std::vector<Trace>& traces, double bound);
int StopsByOwnRule(const std::vector<Trace>& traces);

// "152 s", or "240 s (71 %)" when not all were found, or "-" below half.
std::string MedianAndPower(const Delays& delays);

}  // namespace haldane::benchmarks
