#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "The past of the same hosts shows small regressions as often as the method's
// description says": power at the end of a rollout, in the conditions that were
// simulated there independently. Broken where the exact interval excludes it
// from above: we find fewer for certain.
void ReportSameHostsPower(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
