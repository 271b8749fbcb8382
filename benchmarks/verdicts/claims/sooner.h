#pragma once

#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "At least three times sooner than every peer at an equal false-stop rate, in
// the median cell". Equal in two ways:
//   one bound  the least with which the peer stops at most 1 % of the harmless
//              rollouts in every noise model: what is asked of the engine too
//   own bound  the least with which it stops as many of the harmless rollouts of
//              this very noise as the engine did: knowledge no operator has
// A cell is a noise model with a rate ratio; what is not found counts as the
// whole half hour.
void ReportSooner(const Scale& scale, const NullGrid& grid, Report& report);

}  // namespace haldane::benchmarks
