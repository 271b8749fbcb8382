#pragma once

#include <memory>
#include <string>
#include <vector>

#include "benchmarks/peers/judge.h"
#include "benchmarks/verdicts/harm.h"
#include "benchmarks/verdicts/random.h"

namespace haldane::benchmarks {

// Sizes of the two cohorts.
struct Cohorts {
  int canary;
  int baseline;
};

// One simulated rollout of one fleet.
struct FleetSetup {
  Cohorts cohorts;
  Harm harm;
  int before = 0;   // seconds before the rollout, all on the old revision
  double rate = 0;  // events a second and host; 0 for the model's own
};

// Requests a second on a host at the usual load.
inline constexpr double kRequests = 20;

// A fleet whose events are noisy in one particular way. Hosts are numbered with
// the canary first. A host's events in a second are Poisson with mean
//   rate * RateFactor * LoadFactor * harm
// plus Extra, its exposure is kRequests * LoadFactor. Every model is one file.
class NoiseModel {
 public:
  NoiseModel(const FleetSetup& setup, double usual_rate, Random random)
      : setup_(setup),
        rate_(setup.rate > 0 ? setup.rate : usual_rate),
        now_(-setup.before - 1),
        random_(random) {}
  virtual ~NoiseModel() = default;

  // Draws the next second. The first is second -before.
  void Next(Second& second);

 protected:
  // What all hosts share, and the state of each, moves on by a second.
  virtual void Advance() {}
  virtual double RateFactor(int /*host*/) { return 1; }
  virtual double LoadFactor(int /*host*/) { return 1; }
  virtual double Extra(int /*host*/) { return 0; }
  // Whether the host is up and past its age gate.
  virtual bool Reports(int /*host*/) { return true; }
  // Events in a second with this mean at this exposure.
  virtual double Draw(double mean, double /*exposure*/) { return random_.Poisson(mean); }

  int now() const { return now_; }
  int hosts() const { return setup_.cohorts.canary + setup_.cohorts.baseline; }
  bool IsCanary(int host) const { return host < setup_.cohorts.canary; }
  Random& random() { return random_; }

 private:
  HostSecond DrawHost(int host);

  FleetSetup setup_;
  double rate_;
  int now_;
  Random random_;
};

using MakeNoiseModel = std::unique_ptr<NoiseModel> (*)(const FleetSetup& setup, Random random);

// A noise model as the grid knows it.
struct NamedModel {
  std::string name;
  std::string description;
  MakeNoiseModel make;
  bool proportion = false;  // at most one event a request
};

// The published grid, in the order of its tables.
const std::vector<NamedModel>& NoiseModels();

// The model of that name, which must exist.
const NamedModel& FindNoiseModel(const std::string& name);

}  // namespace haldane::benchmarks
