#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// The controller looks every second; most cells look less often, to be
// affordable. Shows what that hides, on the same rollouts.
void ReportLooks(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
