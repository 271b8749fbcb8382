#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// What is not a plain step at the start: harm that sets in late, grows, hits
// one canary host only, or is total. No promise is made of it; it is shown.
void ReportOtherHarm(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
