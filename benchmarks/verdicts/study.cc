#include "benchmarks/verdicts/study.h"

#include "benchmarks/verdicts/claims/false_stops.h"
#include "benchmarks/verdicts/claims/null_grid.h"
#include "benchmarks/verdicts/claims/other_harm.h"
#include "benchmarks/verdicts/claims/other_signals.h"
#include "benchmarks/verdicts/claims/proceed.h"
#include "benchmarks/verdicts/claims/same_hosts.h"
#include "benchmarks/verdicts/claims/sooner.h"
#include "benchmarks/verdicts/claims/tick_cost.h"
#include "benchmarks/verdicts/claims/trajectory.h"
#include "benchmarks/verdicts/claims/wald_delay.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {

Report RunStudies(const Scale& scale) {
  Progress("verdicts", "begins");
  Report report;
  PlotTrajectories(report);
  ReportTickCost(report);
  ReportWaldDelay(scale, report);
  ReportGrossFailure(scale, report);
  ReportSameHostsPower(scale, report);
  const NullGrid grid(scale);
  ReportFalseStops(scale, grid, report);
  ReportPeersFalseStops(scale, grid, report);
  ReportSooner(scale, grid, report);
  ReportProceed(scale, report);
  ReportOtherHarm(scale, report);
  ReportOtherSignals(scale, report);
  ReportLooks(scale, report);
  return report;
}

}  // namespace haldane::benchmarks
