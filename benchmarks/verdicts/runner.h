#pragma once

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
    int time;
    double score;
  };
  std::vector<Peak> peaks;  // every new maximum of the stop score
  int stopped = 0;          // when its own rule stopped it
  int proceeded = 0;        // when its own rule let it proceed, if that was first

  // When a judge whose bound is `bound` stops.
  int StoppedAt(double bound) const;
};

// traces[judge][run].
using CellTraces = std::vector<std::vector<Trace>>;

// Runs the cell on `threads` threads; the result does not depend on how many.
CellTraces RunCell(const Cell& cell, int threads);

}  // namespace haldane::benchmarks
