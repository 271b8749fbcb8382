#pragma once

#include "benchmarks/verdicts/report/report.h"

namespace haldane::benchmarks {

// "One evaluation of 20 signals on 200 hosts takes under 1 ms", and what such a
// rollout holds in memory: it does not grow. The only numbers of this benchmark
// that depend on the machine; processor time of this thread, the median of many.
void ReportTickCost(Report& report);

}  // namespace haldane::benchmarks
