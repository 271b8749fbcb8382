#include "benchmarks/verdicts/study.h"

#include <vector>

#include "benchmarks/verdicts/claims/false_stops.h"
#include "benchmarks/verdicts/claims/looks.h"
#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/claims/other_harm.h"
#include "benchmarks/verdicts/claims/proceed.h"
#include "benchmarks/verdicts/claims/sooner.h"
#include "benchmarks/verdicts/claims/wald_delay.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {

Report RunStudies(const Scale& scale) {
  Progress("verdicts", "begins");
  Report report;
  const std::vector<NullCell> grid = RunNullGrid(scale);
  ReportFalseStops(scale, grid, report);
  ReportLooks(scale, report);
  ReportSooner(scale, grid, report);
  ReportWaldDelay(scale, report);
  ReportProceed(scale, report);
  ReportOtherHarm(scale, report);
  return report;
}

}  // namespace haldane::benchmarks
