#include "benchmarks/verdicts/claims/looks.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {

void ReportLooks(const Scale& scale, Report& report) {
  Table table{
      .title = "Looking every second",
      .text = absl::StrFormat(
          "False stops of the cold engine in percent (%d rollouts, %s hosts, budget 5 / 1 / 0.1 %%) when it "
          "looks every second, as the controller does, and when it looks as seldom as in the tables above: "
          "every second to 30, every 3rd to 120, every 8th to 600, then every 20th.",
          scale.runs, CohortsName(scale.cohorts.front())),
      .header = {"noise", "every second", "thinned"}};
  for (const char* name : {"poisson", "hostcv.6", "ar1slow"}) {
    if (!scale.Has(name)) continue;
    const NamedModel& model = FindNoiseModel(name);
    const Cell cell{.name = absl::StrCat("looks/", name),
                    .model = model.make,
                    .setup = {.cohorts = scale.cohorts.front()},
                    .runs = scale.runs,
                    .judges = {Engine(Mode::kCold, EngineOptions(model, Looks::kEverySecond)),
                               Engine(Mode::kCold, EngineOptions(model, Looks::kThinned))}};
    std::vector<std::string> row = {name};
    for (const std::vector<Trace>& traces : RunCell(cell, scale.threads)) {
      std::vector<std::string> shares;
      for (const double alpha : kAlphas) {
        shares.push_back(Percent(static_cast<double>(StopsAt(traces, -std::log(alpha))) / scale.runs));
      }
      row.push_back(absl::StrCat(shares[0], " / ", shares[1], " / ", shares[2]));
    }
    table.rows.push_back(std::move(row));
    Progress("looking every second", name);
  }
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
