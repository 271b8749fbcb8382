#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "Mean detection delay at most so many times Wald's bound where the noise is
// Poisson, from ten hosts up": rates are such that the bound is 200 s.
void ReportWaldDelay(const Scale& scale, Report& report);

}  // namespace haldane::benchmarks
