#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// Latency, leaks, crashes and new classes: false stops within budget in every
// noise, as of counts, and how soon what is wrong is found.
void ReportOtherSignals(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
