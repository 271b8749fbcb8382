#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::controller {

// Answers "how long will this plan take, and what could it miss?" by playing
// rollouts of a described service through the engine that judges real ones:
// the same evidence, bounds and windows, without a controller. Guards (rare
// events, new classes, gauges) are taken to have nothing to say.

// What the service is like.
struct SimulatedService {
  int canary_hosts = 3;
  int baseline_hosts = 3;
  double requests_per_second = 20;  // per host
  // Relative standard deviation of a host's own rates around the service's.
  double host_spread = 0.1;
  // Base rates by signal, events per request (per CPU second where the plan
  // says so); signals that are not named have DefaultRate.
  std::map<std::string, double> rates;
  // Canary hosts are baseline hosts restarted in place, and ten minutes of their
  // past are known.
  bool same_hosts = false;
  double latency_ms = 50;  // median of a log-normal with a standard deviation of 0.5
};
double DefaultRate(const std::string& signal);

// What is wrong with the canary.
struct SimulatedHarm {
  std::string signal;  // empty: nothing
  double ratio = 1;    // its rate, or its latency, over the baseline's
};

enum class SimulatedEnd { kProceed, kStop, kUndecided };

struct SimulatedRollout {
  SimulatedEnd end;
  double seconds;
};

// Plays one rollout. `seed` decides everything that is random.
SimulatedRollout Simulate(const haldane::v1::Plan& plan, const SimulatedService& service,
                          const SimulatedHarm& harm, uint64_t seed);

// INVALID_ARGUMENT naming the option when the description is impossible.
absl::Status CheckSimulation(const haldane::v1::Plan& plan, const SimulatedService& service,
                             const SimulatedHarm& harm);

// Rollouts of one kind, summed up.
struct SimulationSummary {
  int runs = 0;
  int proceeded = 0;
  int stopped = 0;
  int undecided = 0;
  // Of the runs that ended as most did; 0 when all were undecided.
  double median_seconds = 0;
  double p90_seconds = 0;
};
SimulationSummary Summarize(const std::vector<SimulatedRollout>& rollouts);

// The ratio of a signal that is expected to be found with 80 % power before the
// plan's window ends, hosts alike (stats/planner.h): a first look, without
// playing anything. +infinity where hosts differ too much; 0 for a signal that
// has no rate.
double DetectableRatioOf(const haldane::v1::Plan& plan, int s, const SimulatedService& service);

}  // namespace haldane::controller
