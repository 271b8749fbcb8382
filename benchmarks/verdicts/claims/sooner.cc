#include "benchmarks/verdicts/claims/sooner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr double kEqualRate = 0.01;
constexpr int kRollout = 1800;  // seconds
constexpr double kPromise = 3;
constexpr std::size_t kFirstPeer = std::size(kModes);

struct HarmfulCell {
  std::string model;
  double ratio;
};

const HarmfulCell kHarmful[] = {{"poisson", 2},  {"poisson", 4},  {"poisson", 10}, {"hostcv.3", 2},
                                {"hostcv.3", 4}, {"ar1", 2},      {"ar1", 4},      {"shockhet", 2},
                                {"shockhet", 4}, {"burst", 2},    {"burst", 4},    {"combo", 2},
                                {"combo", 4},    {"combo_hi", 2}, {"combo_hi", 4}};

// bounds[model][judge]; the engine's are those of its budget.
using Bounds = std::map<std::string, std::vector<double>>;

Bounds BoundsByModel(const Scale& scale, const std::vector<NullCell>& grid) {
  Bounds bounds;
  for (const NullCell& cell : grid) {
    if (CohortsName(cell.cohorts) != CohortsName(scale.cohorts.front())) continue;
    for (std::size_t j = 0; j < cell.judges.size(); ++j) {
      bounds[cell.model].push_back(j < kFirstPeer ? -std::log(kEqualRate)
                                                  : BoundForFalseStops(cell.traces[j], kEqualRate));
    }
  }
  return bounds;
}

// One bound for all models: the largest that any needs. Counts and proportions
// have mSPRTs of their own, so proportions do not bind the others.
std::vector<double> BoundsForAll(const Bounds& by_model) {
  std::vector<double> all;
  for (const auto& [model, bounds] : by_model) {
    if (model == "proportion") continue;
    all.resize(bounds.size(), -std::numeric_limits<double>::infinity());
    for (std::size_t j = 0; j < bounds.size(); ++j) all[j] = std::max(all[j], bounds[j]);
  }
  return all;
}

struct Result {
  HarmfulCell cell;
  std::vector<Contestant> judges;
  std::vector<Delays> one_bound;  // of each judge
  std::vector<Delays> own_bound;
};

Result RunHarmful(const Scale& scale, const HarmfulCell& harmful, const Bounds& by_model,
                  const std::vector<double>& for_all) {
  const NamedModel& model = FindNoiseModel(harmful.model);
  Cell cell{.name = absl::StrCat("sooner/", harmful.model, "/", harmful.ratio),
            .model = model.make,
            .setup = {.cohorts = scale.cohorts.front(), .harm = {.ratio = harmful.ratio}, .before = kBefore},
            .seconds = kRollout,
            .runs = scale.harmful_runs};
  for (const Mode mode : kModes) cell.judges.push_back(Engine(mode, EngineOptions(model, Looks::kThinned)));
  for (Contestant& peer : Peers(model)) cell.judges.push_back(std::move(peer));

  Result result{.cell = harmful, .judges = cell.judges};
  const CellTraces traces = RunCell(cell, scale.threads);
  for (std::size_t j = 0; j < traces.size(); ++j) {
    result.one_bound.push_back(DelaysAt(traces[j], for_all[j], 0, kRollout));
    result.own_bound.push_back(DelaysAt(traces[j], by_model.at(harmful.model)[j], 0, kRollout));
  }
  return result;
}

// How many times sooner the cold engine is, for each ratio of the Poisson cells.
std::vector<double> TimesSooner(const std::vector<Result>& results, std::size_t peer,
                                std::vector<Delays> Result::*delays) {
  std::vector<double> times;
  for (const Result& result : results) {
    if (result.cell.model == "poisson")
      times.push_back((result.*delays)[peer].mean / (result.*delays)[0].mean);
  }
  return times;
}

std::string Factors(const std::vector<double>& times) {
  return absl::StrJoin(times, " / ",
                       [](std::string* out, double time) { absl::StrAppendFormat(out, "%.1f", time); });
}

Table DelayTable(const Scale& scale, const std::vector<Result>& results, std::vector<Delays> Result::*delays,
                 const std::string& title, const std::string& text) {
  Table table{
      .title = title,
      .text = absl::StrFormat("%s Median over %d rollouts (%s hosts, 30 minutes; in brackets the share "
                              "that was stopped at all; - below a half).",
                              text, scale.harmful_runs, CohortsName(scale.cohorts.front())),
      .header = {"noise", "rate ratio"}};
  for (const Contestant& judge : results.front().judges) table.header.push_back(judge.name);
  for (const Result& result : results) {
    std::vector<std::string> row = {result.cell.model, absl::StrCat(result.cell.ratio)};
    for (const Delays& delay : result.*delays) row.push_back(MedianAndPower(delay));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

void ReportSooner(const Scale& scale, const std::vector<NullCell>& grid, Report& report) {
  const Bounds by_model = BoundsByModel(scale, grid);
  const std::vector<double> for_all = BoundsForAll(by_model);
  std::vector<Result> results;
  for (const HarmfulCell& harmful : kHarmful) {
    if (!scale.Has(harmful.model)) continue;
    results.push_back(RunHarmful(scale, harmful, by_model, for_all));
    Progress("harmful rollouts, peers at an equal rate", absl::StrCat(harmful.model, " ", harmful.ratio));
  }

  const std::vector<Contestant>& judges = results.front().judges;
  for (std::size_t j = kFirstPeer; j < judges.size(); ++j) {
    const std::vector<double> times = TimesSooner(results, j, &Result::one_bound);
    const double sooner = *std::min_element(times.begin(), times.end());
    report.claims.push_back(
        {absl::StrCat("sooner than ", judges[j].name, " at an equal rate of false stops"), sooner, "x",
         kPromise, sooner >= kPromise,
         absl::StrFormat(
             "cold, Poisson, mean delays at ratios 2 / 4 / 10: %s with one bound for all noise; %s had "
             "it been tuned to Poisson noise alone",
             Factors(times), Factors(TimesSooner(results, j, &Result::own_bound)))});
  }
  report.tables.push_back(DelayTable(scale, results, &Result::one_bound,
                                     "Delay at an equal rate of false stops",
                                     "Each peer's bound is the least with which it stops at most 1 % of the "
                                     "harmless rollouts in *every* noise model of the grid; the engine's is "
                                     "its budget of 1 %."));
  report.tables.push_back(DelayTable(scale, results, &Result::own_bound,
                                     "The same with each peer tuned to each noise",
                                     "Each peer's bound is the least with which it stops at most 1 % of the "
                                     "harmless rollouts in *this* noise model, found by simulating it: "
                                     "knowledge that no operator has. The engine is as before."));
}

}  // namespace haldane::benchmarks
