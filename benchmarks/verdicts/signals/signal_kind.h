#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/verdicts/generators/noise_model.h"
#include "benchmarks/verdicts/random.h"

namespace haldane::benchmarks {

// One simulated rollout of a signal that is not a plain count of events, with
// the part of the engine that judges it.
class SignalFleet {
 public:
  virtual ~SignalFleet() = default;
  // The next tick, and ln of the evidence for harm after it.
  virtual double Next() = 0;
};

// A kind of signal, the noises it is tried with, and what can be wrong. Each is
// one file.
struct SignalKind {
  std::string name;
  std::string judged_by;  // the header in stats/
  int tick = 1;           // seconds
  int ticks = 0;          // of a rollout
  int runs = 0;           // of each harmless cell of the published grid
  std::vector<Cohorts> cohorts;
  // `harm` 0: nothing is wrong; else how much, in the kind's own unit.
  using Make = std::function<std::unique_ptr<SignalFleet>(const Cohorts&, double harm, Random)>;
  struct Noise {
    std::string name;
    Make make;
  };
  std::vector<Noise> noises;
  struct Harm {
    std::string name;
    double size;
  };
  std::vector<Harm> harms;
};

SignalKind LatencyKind();
SignalKind LeakKind();
SignalKind CrashKind();
SignalKind NewClassKind();

}  // namespace haldane::benchmarks
