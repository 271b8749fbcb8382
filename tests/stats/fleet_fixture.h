#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "stats/cohort.h"
#include "stats/count_signal.h"

namespace haldane::stats {

// A simulated fleet: Poisson events on hosts that may differ.
struct FleetModel {
  int canary_hosts = 3;
  int baseline_hosts = 3;
  double rate = 4;            // events per host and second on the baseline
  double ratio = 1;           // canary over baseline
  double host_cv = 0;         // of a gamma multiplier per host, for good
  double tick_shape = 0;      // of a gamma multiplier per host and tick; 0 for none
  double incident_every = 0;  // mean seconds between incidents that all hosts share, 0 for none
};

class SimulatedFleet {
 public:
  SimulatedFleet(const FleetModel& model, std::uint64_t seed);

  // The next second before the rollout: all hosts on the old revision.
  const std::vector<HostTick>& Past() { return Tick(1); }

  // The next second. Hosts 0..canary_hosts-1 are the canary.
  const std::vector<HostTick>& Next() { return Tick(model_.ratio); }

 private:
  const std::vector<HostTick>& Tick(double ratio);

  FleetModel model_;
  std::mt19937_64 random_;
  std::vector<double> multipliers_;
  std::vector<HostTick> tick_;
  int incident_left_ = 0;
};

// A signal that knows the fleet's hosts.
CountSignal SignalFor(const FleetModel& model, const CountSignal::Options& options);

}  // namespace haldane::stats
