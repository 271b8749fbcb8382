#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// Proceeding: how often the engine lets a canary proceed that is exactly as bad
// as the boundary of what is tolerated (at most the `missed` budget), and how
// soon one that is as good as the baseline.
void ReportProceed(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
