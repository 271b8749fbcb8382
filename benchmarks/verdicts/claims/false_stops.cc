#include "benchmarks/verdicts/claims/false_stops.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"

namespace haldane::benchmarks {
namespace {

constexpr double kBudget = 0.01;

Share FalseStops(const std::vector<Trace>& traces, double alpha) {
  return ShareOf(StopsAt(traces, -std::log(alpha)), static_cast<int>(traces.size()));
}

// The cells of one model.
std::vector<const NullCell*> CellsOf(const std::vector<NullCell>& grid, const std::string& model) {
  std::vector<const NullCell*> cells;
  for (const NullCell& cell : grid) {
    if (cell.model == model) cells.push_back(&cell);
  }
  return cells;
}

Claim ClaimOf(const std::vector<const NullCell*>& cells, std::size_t mode) {
  Share worst{-1, 0, 0};
  std::string where;
  bool met = true;
  for (const NullCell* cell : cells) {
    const std::vector<Trace>* traces = TracesOf(*cell, mode);
    if (traces == nullptr) continue;
    const Share share = FalseStops(*traces, kBudget);
    if (share.low > kBudget) met = false;
    if (share.value <= worst.value) continue;
    worst = share;
    where = CohortsName(cell->cohorts);
  }
  return {absl::StrCat("false stops, ", cells.front()->model, ", ", ModeName(kModes[mode])),
          100 * worst.value,
          "%",
          100 * kBudget,
          met,
          absl::StrFormat("worst at %s, 95%% interval %.2f..%.2f, %d runs", where, 100 * worst.low,
                          100 * worst.high, cells.front()->traces[mode].size())};
}

// One mode: a row for each model, a column for each cohort sizes.
Table TableOf(const Scale& scale, const std::vector<NullCell>& grid, std::size_t mode) {
  Table table{
      .title = absl::StrCat("False stops of the engine, ", ModeName(kModes[mode])),
      .text = absl::StrFormat("Percent of %d harmless rollouts of 30 minutes that are ever stopped, with "
                              "a budget of 5 / 1 / 0.1 %%. Tolerated ratio 1, the hardest null.",
                              scale.runs),
      .header = {"noise"}};
  for (const NullCell* cell : CellsOf(grid, scale.models.front())) {
    if (TracesOf(*cell, mode) != nullptr) table.header.push_back(CohortsName(cell->cohorts));
  }
  for (const std::string& model : scale.models) {
    std::vector<std::string> row = {model};
    for (const NullCell* cell : CellsOf(grid, model)) {
      const std::vector<Trace>* traces = TracesOf(*cell, mode);
      if (traces == nullptr) continue;
      std::vector<std::string> shares;
      for (const double alpha : kAlphas) shares.push_back(Percent(FalseStops(*traces, alpha).value));
      row.push_back(absl::StrCat(shares[0], " / ", shares[1], " / ", shares[2]));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// The peers as they come, beside the engine at a budget of 1 %.
void CompareWithPeers(const Scale& scale, const std::vector<NullCell>& grid, Report& report) {
  Table table{
      .title = "False stops of the peers",
      .text = absl::StrFormat(
          "Percent of %d harmless rollouts (%s hosts, 30 minutes) that each judge stops by its own rule: "
          "Haldane, mSPRT and the z-test with a budget of 1 %%, Kayenta looking every minute from the "
          "fifth, Argo Rollouts at twice the baseline's rate, Flagger at five failed checks above twice "
          "the long-run rate.",
          scale.runs, CohortsName(scale.cohorts.front())),
      .header = {"noise"}};
  DotPlot plot{.file = "verdict-false-stops.svg",
               .title = "Harmless rollouts stopped",
               .axis = "percent (0.1 and less at the left edge)",
               .low = 0.1,
               .high = 100,
               .bound = 100 * kBudget,
               .rows = scale.models};
  for (const std::string& model : scale.models) {
    const NullCell& cell = *CellsOf(grid, model).front();
    std::vector<std::string> row = {model};
    for (std::size_t j = 0; j < cell.judges.size(); ++j) {
      const double share = StopsByOwnRule(cell.traces[j]) / static_cast<double>(cell.traces[j].size());
      row.push_back(Percent(share));
      if (table.rows.empty()) {
        table.header.push_back(cell.judges[j].name);
        plot.series.push_back({cell.judges[j].name, {}});
      }
      plot.series[j].values.push_back(100 * share);
    }
    table.rows.push_back(std::move(row));
  }
  report.tables.push_back(std::move(table));
  report.plots.push_back(std::move(plot));
}

}  // namespace

void ReportFalseStops(const Scale& scale, const std::vector<NullCell>& grid, Report& report) {
  for (std::size_t mode = 0; mode < std::size(kModes); ++mode) {
    for (const std::string& model : scale.models)
      report.claims.push_back(ClaimOf(CellsOf(grid, model), mode));
    report.tables.push_back(TableOf(scale, grid, mode));
  }
  CompareWithPeers(scale, grid, report);
}

}  // namespace haldane::benchmarks
