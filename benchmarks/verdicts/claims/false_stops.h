#pragma once

#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "False stop rate <= budget in every noise model": one claim for each mode and
// budget. Broken when in any cell the whole exact 95 % interval of the rate lies
// above the budget. A profile of calmer times is shown, not promised.
void ReportFalseStops(const Scale& scale, const NullGrid& grid, Report& report);

// What each peer does by its own rule beside it.
void ReportPeersFalseStops(const Scale& scale, const NullGrid& grid, Report& report);

// The controller looks every second; cells look where it can matter. Shows that
// this comes to the same.
void ReportLooks(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
