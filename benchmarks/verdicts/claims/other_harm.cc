#include "benchmarks/verdicts/claims/other_harm.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr int kEnd = 1800;  // seconds
constexpr double kStopBudget = 0.01;

struct NamedHarm {
  const char* name;
  Harm harm;
};

const NamedHarm kHarms[] = {
    {"3x from the start", {.ratio = 3}},
    {"3x after 15 minutes", {.ratio = 3, .onset = 900}},
    {"growing to 5x in 10 minutes", {.ratio = 5, .shape = Harm::Shape::kRamp}},
    {"10x on one canary host", {.ratio = 10, .shape = Harm::Shape::kOneHost}},
    {"400x (every request fails)", {.ratio = 400}},
};

std::vector<std::string> RunHarm(const Scale& scale, const NamedModel& model, const Cohorts& cohorts,
                                 const NamedHarm& harm) {
  Cell cell{.name = absl::StrCat("harm/", model.name, "/", CohortsName(cohorts), "/", harm.name),
            .model = model.make,
            .setup = {.cohorts = cohorts, .harm = harm.harm, .before = kBefore},
            .seconds = kEnd,
            .runs = scale.harmful_runs};
  for (const Mode mode : kModes) cell.judges.push_back(Engine(mode, EngineOptions(model, Looks::kThinned)));
  std::vector<std::string> row = {model.name, CohortsName(cohorts), harm.name};
  for (const std::vector<Trace>& traces : RunCell(cell, scale.threads)) {
    const Delays delays = DelaysAt(traces, -std::log(kStopBudget), harm.harm.onset, kEnd - harm.harm.onset);
    row.push_back(MedianAndPower(delays));
    row.push_back(absl::StrFormat("%.0f s", delays.p90));
  }
  return row;
}

}  // namespace

void ReportOtherHarm(const Scale& scale, Report& report) {
  Table table{
      .title = "Other kinds of harm",
      .text = absl::StrFormat("Delay from onset to a stop, budget 1 %%, %d rollouts a row that end after 30 "
                              "minutes (in brackets the share that was stopped; - below a half).",
                              scale.harmful_runs),
      .header = {"noise", "hosts", "harm"}};
  for (const Mode mode : kModes) {
    table.header.push_back(absl::StrCat("median, ", ModeName(mode)));
    table.header.push_back(absl::StrCat("90th percentile, ", ModeName(mode)));
  }
  for (const char* name : {"poisson", "hostcv.3", "ar1"}) {
    if (!scale.Has(name)) continue;
    for (const Cohorts& cohorts : scale.FirstCohorts(2)) {
      for (const NamedHarm& harm : kHarms) {
        table.rows.push_back(RunHarm(scale, FindNoiseModel(name), cohorts, harm));
      }
    }
    Progress("other kinds of harm", name);
  }
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
