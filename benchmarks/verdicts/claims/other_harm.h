#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// Harm that is not a plain step at the start: it sets in late, grows, hits one
// canary host only, or shows under load only. No promise is made of it; it is
// shown.
void ReportOtherHarm(const Scale& scale, Report& report);

// "A gross failure is stopped within 5 s at five hosts a side": every request of
// the canary fails.
void ReportGrossFailure(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
