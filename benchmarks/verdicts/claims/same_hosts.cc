#include "benchmarks/verdicts/claims/same_hosts.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/claims/share.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr int kPublishedRuns = 150;

// Power at 5 % and at 1 % as simulated independently, from kPublishedRuns rollouts.
struct Published {
  const char* model;
  Cohorts cohorts;
  double ratio;
  double at_5_percent;
  double at_1_percent;
};

const Published kPublished[] = {
    {"poisson", {2, 2}, 1.5, 0.647, 0.233},  {"poisson", {5, 5}, 1.5, 1.000, 0.987},
    {"hostcv.3", {2, 2}, 2, 0.827, 0.380},   {"hostcv.3", {3, 3}, 1.5, 0.927, 0.620},
    {"hostcv.3", {5, 5}, 1.5, 1.000, 0.980}, {"hostcv.3", {2, 20}, 1.5, 0.993, 0.993},
    {"hostcv.6", {5, 5}, 1.5, 1.000, 0.990}, {"ar1slow", {5, 5}, 2, 0.973, 0.847},
    {"combo", {5, 5}, 2, 0.887, 0.693},      {"combo", {5, 5}, 3, 0.993, 0.960},
};

// Both are simulations: less for certain when even their exact 99 % intervals do
// not meet.
bool IsLess(int stops, int runs, double published) {
  const double then = std::round(published * kPublishedRuns);
  return stats::ClopperPearson(stops, runs, 0.99).high <
         stats::ClopperPearson(then, kPublishedRuns, 0.99).low;
}

}  // namespace

void ReportSameHostsPower(const Scale& scale, Report& report) {
  Table table{.title = "The past of the same hosts",
              .text = absl::StrFormat("Percent of harmful rollouts that are stopped within 30 minutes, at a "
                                      "budget of 5 / 1 %%, with half an hour of the same hosts' past and "
                                      "without (%d rollouts); published: the independent simulation of the "
                                      "method (%d rollouts).",
                                      scale.harmful_runs, kPublishedRuns),
              .header = {"noise", "hosts", "rate ratio", "published", "with the past", "cold"}};
  int less = 0;
  int cells = 0;
  std::string where;
  for (const Published& published : kPublished) {
    if (!scale.Has(published.model)) continue;
    const NamedModel& model = FindNoiseModel(published.model);
    const Question question{.alphas = {0.05, 0.01}};
    const Cell cell{
        .name =
            absl::StrCat("past/", published.model, "/", CohortsName(published.cohorts), "/", published.ratio),
        .model = model.make,
        .setup = {.cohorts = published.cohorts, .harm = {.ratio = published.ratio}, .before = kBefore},
        .seconds = kRollout,
        .runs = scale.harmful_runs,
        .judges = {Engine(Mode::kPrePeriod, model, question), Engine(Mode::kCold, model, question)}};
    const CellTraces traces = RunCell(cell, scale.workers);
    std::vector<std::string> row = {
        published.model, CohortsName(published.cohorts), absl::StrCat(published.ratio),
        absl::StrFormat("%.0f / %.0f", 100 * published.at_5_percent, 100 * published.at_1_percent)};
    for (const std::vector<Trace>& judge : traces) {
      row.push_back(absl::StrFormat("%.0f / %.0f", 100.0 * StopsAt(judge, -std::log(0.05)) / cell.runs,
                                    100.0 * StopsAt(judge, -std::log(0.01)) / cell.runs));
    }
    ++cells;
    if (IsLess(StopsAt(traces[0], -std::log(0.05)), cell.runs, published.at_5_percent) ||
        IsLess(StopsAt(traces[0], -std::log(0.01)), cell.runs, published.at_1_percent)) {
      ++less;
      absl::StrAppend(&where, where.empty() ? "less in " : ", ", published.model, " ",
                      CohortsName(published.cohorts), " at ", published.ratio);
    }
    table.rows.push_back(std::move(row));
  }
  Progress("the past of the same hosts", "done");
  if (cells == 0) return;
  report.claims.push_back({.claim = "conditions in which the same hosts' past finds less than published",
                           .value = less,
                           .unit = "cells",
                           .bound = 0,
                           .met = less == 0,
                           .note = absl::StrCat(where.empty() ? "" : where + "; ", cells,
                                                " cells; exact 99 % intervals of both simulations")});
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
