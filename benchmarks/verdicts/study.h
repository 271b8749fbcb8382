#pragma once

#include "benchmarks/verdicts/claims/scale.h"
#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// Runs every study at this scale.
Report RunStudies(const Scale& scale);

}  // namespace haldane::benchmarks
