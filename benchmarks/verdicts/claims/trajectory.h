#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// Evidence second by second in a few rollouts, for the eye.
void PlotTrajectories(Report& report);

}  // namespace haldane::benchmarks
