#include "benchmarks/verdicts/claims/sooner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr double kEqualRate = 0.01;
constexpr double kSoonerPromise = 3;
constexpr double kRatios[] = {2, 4, 10};
constexpr Mode kSoonerModes[] = {Mode::kCold, Mode::kProfile};
constexpr std::size_t kFirstPeer = std::size(kSoonerModes);

// One noise model with one harm: how each judge fares.
struct Result {
  std::string model;
  double ratio;
  std::vector<Delays> one_bound;
  std::vector<Delays> own_bound;  // of the peers; the engine's are as before
  std::vector<Delays> own_rule;   // as each judge comes
};

std::vector<Contestant> Judges(const NamedModel& model) {
  std::vector<Contestant> judges;
  for (const Mode mode : kSoonerModes) judges.push_back(Engine(mode, model, {.alphas = {kEqualRate}}));
  for (Contestant& peer : Peers(model)) judges.push_back(std::move(peer));
  return judges;
}

const std::vector<Trace>& Harmless(const Scale& scale, const NullGrid& grid, const std::string& model,
                                   const std::string& judge) {
  return grid.Find(model, scale.cohorts.front(), judge)->traces;
}

// Counts and proportions have mSPRTs of their own, so proportions do not bind
// the others.
double BoundForAll(const Scale& scale, const NullGrid& grid, const std::string& judge) {
  double bound = -std::numeric_limits<double>::infinity();
  for (const std::string& model : scale.models) {
    if (FindNoiseModel(model).proportion) continue;
    bound = std::max(bound, BoundForFalseStops(Harmless(scale, grid, model, judge), kEqualRate));
  }
  return bound;
}

double OwnBound(const Scale& scale, const NullGrid& grid, const NamedModel& model, const std::string& judge) {
  const std::vector<Trace>& engine = Harmless(scale, grid, model.name, Engine(Mode::kProfile, model).name);
  const double rate = StopsAt(engine, -std::log(kEqualRate)) / static_cast<double>(engine.size());
  return BoundForFalseStops(Harmless(scale, grid, model.name, judge), rate);
}

Result RunHarmful(const Scale& scale, const NullGrid& grid, const NamedModel& model, double ratio,
                  const std::vector<double>& for_all) {
  const Cell cell{.name = absl::StrCat("sooner/", model.name, "/", ratio),
                  .model = model.make,
                  .setup = {.cohorts = scale.cohorts.front(), .harm = {.ratio = ratio}},
                  .seconds = kRollout,
                  .runs = std::max(1, scale.harmful_runs / 2),
                  .judges = Judges(model)};
  Result result{.model = model.name, .ratio = ratio};
  const CellTraces traces = RunCell(cell, scale.workers);
  for (std::size_t j = 0; j < traces.size(); ++j) {
    const double own = j < kFirstPeer ? for_all[j] : OwnBound(scale, grid, model, cell.judges[j].name);
    result.one_bound.push_back(DelaysAt(traces[j], for_all[j], 0, kRollout));
    result.own_bound.push_back(DelaysAt(traces[j], own, 0, kRollout));
    result.own_rule.push_back(DelaysByOwnRule(traces[j], 0, kRollout));
  }
  return result;
}

// The median over cells of how many times longer the peer takes than the
// engine, and in how many cells the peer is the sooner one.
struct Factor {
  double median = 0;
  double low = 0;
  double high = 0;
  int lost = 0;
  int cells = 0;
};

Factor FactorOf(const std::vector<Result>& results, std::size_t engine, std::size_t peer,
                std::vector<Delays> Result::*delays) {
  std::vector<double> factors;
  Factor factor;
  for (const Result& result : results) {
    const Delays& own = (result.*delays)[engine];
    const Delays& other = (result.*delays)[peer];
    if (own.stopped == 0 && other.stopped == 0) continue;  // found by nobody
    factors.push_back(other.mean / own.mean);
    factor.lost += factors.back() < 1 ? 1 : 0;
  }
  if (factors.empty()) return factor;
  std::sort(factors.begin(), factors.end());
  factor.median = factors[factors.size() / 2];
  factor.low = factors.front();
  factor.high = factors.back();
  factor.cells = static_cast<int>(factors.size());
  return factor;
}

std::string InWords(const Factor& factor) {
  return absl::StrFormat("%.2f..%.2f over %d cells, sooner than us in %d", factor.low, factor.high,
                         factor.cells, factor.lost);
}

Table DelayTable(const Scale& scale, const std::vector<Result>& results, std::vector<Delays> Result::*delays,
                 const std::string& title, const std::string& text) {
  Table table{
      .title = title,
      .text = absl::StrFormat("%s Median over %d rollouts (%s hosts, 30 minutes; in brackets the share "
                              "that was stopped at all; - below a half).",
                              text, std::max(1, scale.harmful_runs / 2), CohortsName(scale.cohorts.front())),
      .header = {"noise", "rate ratio"}};
  for (const Contestant& judge : Judges(FindNoiseModel("poisson"))) table.header.push_back(judge.name);
  for (const Result& result : results) {
    std::vector<std::string> row = {result.model, absl::StrCat(result.ratio)};
    for (const Delays& delay : result.*delays) row.push_back(MedianAndPower(delay));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void AddClaims(const std::vector<Result>& results, std::vector<Delays> Result::*delays, std::size_t engine,
               const std::string& how, Report& report) {
  const std::vector<Contestant> judges = Judges(FindNoiseModel("poisson"));
  for (std::size_t j = kFirstPeer; j < judges.size(); ++j) {
    const Factor factor = FactorOf(results, engine, j, delays);
    report.claims.push_back(
        {.claim = absl::StrCat("times sooner than ", judges[j].name, ", median cell, ", how),
         .value = factor.median,
         .unit = "x",
         .bound = kSoonerPromise,
         .met = factor.median >= kSoonerPromise,
         .note = absl::StrCat(ModeName(kSoonerModes[engine]), "; ", InWords(factor))});
  }
}

}  // namespace

void ReportSooner(const Scale& scale, const NullGrid& grid, Report& report) {
  std::vector<double> for_all(kFirstPeer, -std::log(kEqualRate));
  for (const Contestant& peer : Peers(FindNoiseModel("poisson"))) {
    for_all.push_back(BoundForAll(scale, grid, peer.name));
  }
  std::vector<Result> results;
  for (const std::string& name : scale.models) {
    for (const double ratio : kRatios) {
      results.push_back(RunHarmful(scale, grid, FindNoiseModel(name), ratio, for_all));
    }
    Progress("harmful rollouts, beside the peers", name);
  }
  AddClaims(results, &Result::one_bound, 0, "one bound for all noise", report);
  AddClaims(results, &Result::own_bound, 1, "peer tuned to each noise", report);
  report.tables.push_back(DelayTable(scale, results, &Result::one_bound,
                                     "Delay at an equal rate of false stops, one bound for all noise",
                                     "Each peer's bound is the least with which it stops at most 1 % of the "
                                     "harmless rollouts in *every* noise model of the grid; the engine's is "
                                     "its budget of 1 %."));
  report.tables.push_back(
      DelayTable(scale, results, &Result::own_bound, "The same with each peer tuned to each noise",
                 "Each peer's bound is the least with which it stops as many harmless "
                 "rollouts of *this* noise as the engine with a profile did, found by "
                 "simulating it: knowledge that no operator has. The engine is as before."));
  report.tables.push_back(DelayTable(scale, results, &Result::own_rule,
                                     "The same with the peers as they come",
                                     "Each judge by its own rule and its defaults. Most peers stop this soon "
                                     "because they stop harmless rollouts as readily (above)."));
}

}  // namespace haldane::benchmarks
