#pragma once

#include <vector>

#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "At least three times sooner than every peer at an equal false-stop rate".
// Each peer's bound is moved until it stops at most 1 % of the harmless
// rollouts: in every noise model with one and the same bound, as is asked of
// the engine, for the claim; and, shown beside it, in each noise model with a
// bound of its own, which no operator can know.
void ReportSooner(const Scale& scale, const std::vector<NullCell>& grid, Report& report);

}  // namespace haldane::benchmarks
