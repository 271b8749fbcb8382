#include "benchmarks/verdicts/claims/false_stops.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

const Mode kPromised[] = {Mode::kCold, Mode::kProfile, Mode::kPrePeriod, Mode::kRestarts};

Share FalseStops(const std::vector<Trace>& traces, double alpha) {
  return ShareOf(StopsAt(traces, -std::log(alpha)), static_cast<int>(traces.size()));
}

std::string Shares(const std::vector<Trace>& traces) {
  return absl::StrJoin(kAlphas, " / ", [&](std::string* out, double alpha) {
    absl::StrAppend(out, Percent(FalseStops(traces, alpha).value));
  });
}

// All cells of a mode against one budget.
struct Summary {
  Share worst{-1, 0, 0};
  std::string where;
  int cells = 0;
  int above = 0;  // cells whose whole interval is above the budget
  int stops = 0;
  int runs = 0;
};

Summary Summarise(const NullGrid& grid, const std::string& judge, double alpha) {
  Summary summary;
  for (const NullResult& result : grid.results()) {
    if (result.judge != judge) continue;
    const Share share = FalseStops(result.traces, alpha);
    ++summary.cells;
    summary.above += share.low > alpha ? 1 : 0;
    summary.stops += StopsAt(result.traces, -std::log(alpha));
    summary.runs += static_cast<int>(result.traces.size());
    if (share.value <= summary.worst.value) continue;
    summary.worst = share;
    summary.where = absl::StrCat(result.model, " ", CohortsName(result.cohorts));
  }
  return summary;
}

Claim ClaimOf(const NullGrid& grid, Mode mode, double alpha) {
  const Summary summary = Summarise(grid, absl::StrCat("Haldane, ", ModeName(mode)), alpha);
  const Share all = ShareOf(summary.stops, summary.runs);
  return {
      .claim =
          absl::StrFormat("false stops in the worst cell, budget %g %%, %s", 100 * alpha, ModeName(mode)),
      .value = 100 * summary.worst.value,
      .unit = "%",
      .bound = 100 * alpha,
      .met = summary.above == 0,
      .note = absl::StrFormat("%s, exact 95 %% interval %.2f..%.2f; above the budget for certain in %d of "
                              "%d cells; all cells together %.3f (%.3f..%.3f)",
                              summary.where, 100 * summary.worst.low, 100 * summary.worst.high, summary.above,
                              summary.cells, 100 * all.value, 100 * all.low, 100 * all.high)};
}

// Rollouts in the cells of a judge: "300", or "300 (5v5) or 150".
std::string RunsOf(const Scale& scale, const NullGrid& grid, const std::string& judge) {
  std::vector<std::string> runs;
  for (const Cohorts& cohorts : scale.cohorts) {
    const NullResult* result = grid.Find(scale.models.front(), cohorts, judge);
    if (result == nullptr) continue;
    const std::string number = absl::StrCat(result->traces.size());
    if (runs.empty()) runs = {number};
    if (runs.size() == 1 && runs[0] != number) {
      runs = {absl::StrCat(runs[0], " (", CohortsName(scale.cohorts.front()), ") or ", number)};
      break;
    }
  }
  return absl::StrJoin(runs, "");
}

// One mode: a row for each model, a column for each cohort sizes, and the
// interval of the worst.
Table TableOf(const Scale& scale, const NullGrid& grid, Mode mode) {
  const std::string judge = absl::StrCat("Haldane, ", ModeName(mode));
  Table table{
      .title = absl::StrCat("False stops, ", ModeName(mode)),
      .text = absl::StrFormat("Percent of %s harmless rollouts of 30 minutes a cell that are ever "
                              "stopped, with a budget of 5 / 1 / 0.1 %%. Intervals are exact (95 %%): of "
                              "the row's worst cell at 5 %%, and of all its rollouts together at 1 %%.",
                              RunsOf(scale, grid, judge)),
      .header = {"noise"}};
  for (const Cohorts& cohorts : scale.cohorts) {
    if (grid.Find(scale.models.front(), cohorts, judge)) table.header.push_back(CohortsName(cohorts));
  }
  table.header.insert(table.header.end(), {"worst at 5 %", "all at 1 %"});
  for (const std::string& model : scale.models) {
    std::vector<std::string> row = {model};
    Share worst{-1, 0, 0};
    int stops = 0;
    int runs = 0;
    for (const Cohorts& cohorts : scale.cohorts) {
      const NullResult* result = grid.Find(model, cohorts, judge);
      if (result == nullptr) {
        if (grid.Find(scale.models.front(), cohorts, judge)) row.push_back("");
        continue;
      }
      row.push_back(Shares(result->traces));
      const Share share = FalseStops(result->traces, kAlphas[0]);
      if (share.value > worst.value) worst = share;
      stops += StopsAt(result->traces, -std::log(kAlphas[1]));
      runs += static_cast<int>(result->traces.size());
    }
    const Share all = ShareOf(stops, runs);
    row.push_back(absl::StrFormat("%.1f..%.1f", 100 * worst.low, 100 * worst.high));
    row.push_back(absl::StrFormat("%.2f..%.2f", 100 * all.low, 100 * all.high));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// Every cell of every mode at one budget.
DotPlot PlotOf(const Scale& scale, const NullGrid& grid, double alpha) {
  DotPlot plot{.file = "false-stops.svg",
               .title = "Harmless rollouts stopped at a budget of 5 %, every cell of the grid",
               .axis = "percent (0.1 and less at the left edge); a dot for each size of cohorts",
               .low = 0.1,
               .high = 20,
               .bound = 100 * alpha,
               .rows = scale.models};
  for (const Mode mode : {Mode::kCold, Mode::kProfile, Mode::kPrePeriod, Mode::kMismatched}) {
    DotPlot::Series series{ModeName(mode), {}};
    for (const std::string& model : scale.models) {
      std::vector<double> dots;
      for (const NullResult& result : grid.results()) {
        if (result.model != model || result.judge != absl::StrCat("Haldane, ", ModeName(mode))) continue;
        dots.push_back(100 * FalseStops(result.traces, alpha).value);
      }
      series.values.push_back(std::move(dots));
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

}  // namespace

void ReportFalseStops(const Scale& scale, const NullGrid& grid, Report& report) {
  for (const Mode mode : kPromised) {
    for (const double alpha : kAlphas) report.claims.push_back(ClaimOf(grid, mode, alpha));
  }
  report.plots.push_back(PlotOf(scale, grid, kAlphas[0]));
  for (const Mode mode : kPromised) report.tables.push_back(TableOf(scale, grid, mode));
  if (RunsOf(scale, grid, absl::StrCat("Haldane, ", ModeName(Mode::kMismatched))).empty()) return;
  Table calmer = TableOf(scale, grid, Mode::kMismatched);
  calmer.text +=
      " The profile was learned from Poisson noise alone, so that in every other row it is wrong; "
      "this is no promise, but the price of a history that is calmer than the rollout.";
  report.tables.push_back(std::move(calmer));
}

void ReportPeersFalseStops(const Scale& scale, const NullGrid& grid, Report& report) {
  const Cohorts& cohorts = scale.cohorts.front();
  Table table{
      .title = "False stops of the peers",
      .text = absl::StrFormat(
          "Percent of %d harmless rollouts (%s hosts, 30 minutes) that each judge stops by its own rule: "
          "Haldane, mSPRT and the z-test with a budget of 1 %%, Kayenta looking every minute from the "
          "fifth, Argo Rollouts at twice the baseline's rate, Flagger at five failed checks above twice "
          "the long-run rate.",
          scale.runs, CohortsName(cohorts)),
      .header = {"noise"}};
  DotPlot plot{
      .file = "false-stops-peers.svg",
      .title = "Harmless rollouts stopped, by each judge's own rule",
      .axis = absl::StrFormat("percent of %d rollouts, %s hosts (0.1 and less at the left edge); the "
                              "line is a budget of 1 %%",
                              scale.runs, CohortsName(cohorts)),
      .low = 0.1,
      .high = 100,
      .bound = 1,
      .rows = scale.models};
  std::vector<std::string> judges = {Engine(Mode::kCold, FindNoiseModel(scale.models.front())).name,
                                     Engine(Mode::kProfile, FindNoiseModel(scale.models.front())).name};
  for (const Contestant& peer : Peers(FindNoiseModel(scale.models.front()))) judges.push_back(peer.name);
  for (const std::string& judge : judges) {
    table.header.push_back(judge);
    plot.series.push_back({judge, {}});
  }
  for (const std::string& model : scale.models) {
    std::vector<std::string> row = {model};
    for (std::size_t j = 0; j < judges.size(); ++j) {
      const std::vector<Trace>& traces = grid.Find(model, cohorts, judges[j])->traces;
      const double share = StopsByOwnRule(traces) / static_cast<double>(traces.size());
      row.push_back(Percent(share));
      plot.series[j].values.push_back({100 * share});
    }
    table.rows.push_back(std::move(row));
  }
  report.tables.push_back(std::move(table));
  report.plots.push_back(std::move(plot));
}

void ReportLooks(const Scale& scale, Report& report) {
  constexpr int kLooksRuns = 24;
  Table table{
      .title = "Looking every second",
      .text = absl::StrFormat(
          "The controller looks every second. The cells of this page are asked only where evidence can "
          "have reached a bound. The same %d harmless rollouts (5v5) both ways: false stops in percent "
          "at 5 / 1 / 0.1 %%, and in how many rollouts any of the three stops differs at all, by up to "
          "how many seconds.",
          std::min(kLooksRuns, scale.runs)),
      .header = {"noise", "mode", "every second", "as here", "differ", "seconds"}};
  for (const char* name : {"poisson", "hostcv.6", "ar1slow", "combo_hi"}) {
    if (!scale.Has(name)) continue;
    const NamedModel& model = FindNoiseModel(name);
    for (const Mode mode : {Mode::kCold, Mode::kProfile, Mode::kPrePeriod}) {
      const Cell cell{.name = absl::StrCat("looks/", name),
                      .model = model.make,
                      .setup = {.cohorts = {5, 5}, .before = mode == Mode::kPrePeriod ? 600 : 0},
                      .seconds = kRollout,
                      .runs = std::min(kLooksRuns, scale.runs),
                      .judges = {Engine(mode, model, {.looks = Looks::kEverySecond}), Engine(mode, model)}};
      const CellTraces traces = RunCell(cell, scale.workers);
      int differ = 0;
      int most = 0;
      for (std::size_t run = 0; run < traces[0].size(); ++run) {
        int apart = 0;
        for (const double alpha : kAlphas) {
          const int always = traces[0][run].StoppedAt(-std::log(alpha));
          const int here = traces[1][run].StoppedAt(-std::log(alpha));
          apart = std::max(apart, std::abs(always - here));
        }
        differ += apart > 0 ? 1 : 0;
        most = std::max(most, apart);
      }
      table.rows.push_back({name, ModeName(mode), Shares(traces[0]), Shares(traces[1]), absl::StrCat(differ),
                            absl::StrCat(most)});
    }
    Progress("looking every second", name);
  }
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
