#pragma once

#include <vector>

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// A harmless cell: the canary is as good as the baseline, and whoever stops it
// is wrong. Judges: one for each of kModes; on the first cohorts of the scale
// also the peers.
struct NullCell {
  std::string model;
  Cohorts cohorts;
  std::vector<Contestant> judges;
  CellTraces traces;
};

// Every model with every cohort sizes, peers only with the first.
std::vector<NullCell> RunNullGrid(const Scale& scale);

}  // namespace haldane::benchmarks
