#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "Mean detection delay at most so many times Wald's bound where the noise is
// Poisson": 1.6 with a profile and 2.4 cold from ten hosts up, 2.0 for two or
// three hosts a side with a profile. Rates are such that the bound is 200 s.
void ReportWaldDelay(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
