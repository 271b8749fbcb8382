#pragma once

#include <vector>

#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "False stop rate <= budget in every noise model": one claim for each model
// and mode. Broken when, for any cohort sizes, the whole 95 % interval of the
// rate lies above the budget.
void ReportFalseStops(const Scale& scale, const std::vector<NullCell>& grid, Report& report);

}  // namespace haldane::benchmarks
