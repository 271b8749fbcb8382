#pragma once

#include <vector>

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// A harmless cell: the canary is as good as the baseline, and whoever stops it
// is wrong. Judges: the cold engine; on the first three cohorts of the scale
// one for each of kModes; on the very first also the peers.
struct NullCell {
  std::string model;
  Cohorts cohorts;
  std::vector<Contestant> judges;
  CellTraces traces;
};

// The judge of a mode; nothing where it was not run.
const std::vector<Trace>* TracesOf(const NullCell& cell, std::size_t mode);

// Every model with all cohort sizes.
std::vector<NullCell> RunNullGrid(const Scale& scale);

}  // namespace haldane::benchmarks
