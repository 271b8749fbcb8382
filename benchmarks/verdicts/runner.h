#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/peers/judge.h"
#include "benchmarks/verdicts/generators/noise_model.h"

namespace haldane::benchmarks {

// A judge as a cell runs it.
struct Contestant {
  std::string name;
  std::function<std::unique_ptr<Judge>()> make;
  // It need not be asked further once its stop score is beyond this.
  double enough = std::numeric_limits<double>::infinity();
  // Nor once it has let the rollout proceed.
  bool until_proceed = false;
  // What its name does not say of its options. Two judges with equal name, key
  // and code judge alike: cells that were run before are found again by it.
  std::string key = {};
};

// One condition of the grid: so many independent rollouts of one kind of fleet.
// The name seeds them: the same name and run give the same rollout, whichever
// judges look.
struct Cell {
  std::string name;
  MakeNoiseModel model;
  FleetSetup setup;
  int seconds = 1800;
  int runs = 0;
  std::vector<Contestant> judges;
};

// How one judge fared in one rollout. Times are seconds from its start, 1 for
// the end of the first; 0 for never.
struct Trace {
  struct Peak {
    std::int32_t time;
    float score;
  };
  std::vector<Peak> peaks;     // every new maximum of the stop score
  std::int32_t stopped = 0;    // when its own rule stopped it
  std::int32_t proceeded = 0;  // when its own rule let it proceed, if that was first

  // When a judge whose bound is `bound` stops.
  int StoppedAt(double bound) const;
};

// traces[judge][run].
using CellTraces = std::vector<std::vector<Trace>>;

// Who runs cells, and where finished ones are kept, so that a study that was
// interrupted goes on where it was; nowhere when empty.
struct Workers {
  int threads = 2;
  std::string kept = {};
};

// Runs `run(number, traces)` for every number below `runs`, each of which fills
// traces[judge][number]. The result does not depend on the number of threads.
// `key` names everything it depends on besides the code.
CellTraces RunMany(const std::string& key, int judges, int runs, const Workers& workers,
                   const std::function<void(int, CellTraces&)>& run);

CellTraces RunCell(const Cell& cell, const Workers& workers);

}  // namespace haldane::benchmarks
