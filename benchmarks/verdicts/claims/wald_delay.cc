#include "benchmarks/verdicts/claims/wald_delay.h"

#include <cmath>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/peers/msprt.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/oracle.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr double kAlpha = 0.01;
constexpr int kWald = 200;            // seconds
constexpr int kHorizon = 10 * kWald;  // what has not been found by then is missed
constexpr double kColdPromise = 2.4;
constexpr double kProfilePromise = 1.6;

// Mean delay over the bound, for each judge; a mean of censored delays would
// flatter, so there is none below 90 % power.
struct Row {
  Cohorts cohorts;
  double ratio;
  std::vector<double> delay;
};

std::vector<Contestant> DelayJudges(double ratio) {
  std::vector<Contestant> judges = {
      {"oracle SPRT",
       [=]() -> std::unique_ptr<Judge> { return std::make_unique<OracleSprt>(ratio, kAlpha); }},
      {"mSPRT", []() -> std::unique_ptr<Judge> { return std::make_unique<PoissonMsprt>(); }}};
  for (const Mode mode : kModes) judges.push_back(Engine(mode, {.alpha = kAlpha}));
  for (Contestant& judge : judges) judge.enough = -std::log(kAlpha);
  return judges;
}

Row RunRow(const Scale& scale, const Cohorts& cohorts, double ratio) {
  const Cell cell{.name = absl::StrCat("wald/", CohortsName(cohorts), "/", ratio),
                  .model = FindNoiseModel("poisson").make,
                  .setup = {.cohorts = cohorts,
                            .harm = {.ratio = ratio},
                            .before = kBefore,
                            .rate = RateForWaldSeconds(ratio, cohorts, kWald, kAlpha)},
                  .seconds = kHorizon,
                  .runs = scale.harmful_runs,
                  .judges = DelayJudges(ratio)};
  Row row{.cohorts = cohorts, .ratio = ratio};
  for (const std::vector<Trace>& traces : RunCell(cell, scale.threads)) {
    const Delays delays = DelaysAt(traces, -std::log(kAlpha), 0, kHorizon);
    row.delay.push_back(delays.power() < 0.9 ? std::numeric_limits<double>::quiet_NaN()
                                             : delays.mean / kWald);
  }
  return row;
}

// The mean over ratios of one judge; NaN when any is.
double MeanOver(const std::vector<Row>& rows, const Cohorts& cohorts, std::size_t judge) {
  double sum = 0;
  int count = 0;
  for (const Row& row : rows) {
    if (CohortsName(row.cohorts) != CohortsName(cohorts)) continue;
    sum += row.delay[judge];
    ++count;
  }
  return sum / count;
}

Claim ColdClaim(const std::vector<Row>& rows, const Cohorts& cohorts, std::size_t judge) {
  const double mean = MeanOver(rows, cohorts, judge);
  Claim claim{.claim = absl::StrCat("delay over Wald's bound, cold, ", CohortsName(cohorts)),
              .unit = "x",
              .bound = kColdPromise,
              .met = mean <= kColdPromise,
              .note = "mean over rate ratios, Poisson, budget 1 %"};
  if (std::isnan(mean)) {
    claim.note = "less than 90 % detected within ten times the bound";
  } else {
    claim.value = mean;
  }
  return claim;
}

Table DelayTable(const Scale& scale, const std::vector<Row>& rows) {
  Table table{
      .title = "Delay where the noise is Poisson",
      .text = absl::StrFormat(
          "Mean time to a stop over Wald's lower bound (set to %d s), budget 1 %%, %d rollouts a cell; a "
          "missed one counts as ten bounds; - where less than 90 %% were found. The oracle is told the "
          "true ratio; mSPRT may rely on Poisson noise, the engine does not.",
          kWald, scale.harmful_runs),
      .header = {"hosts", "rate ratio"}};
  for (const Contestant& judge : DelayJudges(2)) table.header.push_back(judge.name);
  for (const Row& row : rows) {
    std::vector<std::string> cells = {CohortsName(row.cohorts), absl::StrCat(row.ratio)};
    for (const double delay : row.delay) {
      cells.push_back(std::isnan(delay) ? "-" : absl::StrFormat("%.2f", delay));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

DotPlot DelayPlot(const std::vector<Row>& rows) {
  DotPlot plot{.file = "verdict-delay.svg",
               .title = "Mean delay over Wald's bound, Poisson noise",
               .axis = "times the bound; the line is the promise for a cold start",
               .low = 1,
               .high = 10,
               .bound = kColdPromise};
  std::vector<DotPlot::Series> series;
  for (const Contestant& judge : DelayJudges(2)) series.push_back({judge.name, {}});
  for (const Row& row : rows) {
    plot.rows.push_back(absl::StrCat(CohortsName(row.cohorts), ", ratio ", row.ratio));
    for (std::size_t j = 0; j < series.size(); ++j) series[j].values.push_back(row.delay[j]);
  }
  plot.series = std::move(series);
  return plot;
}

}  // namespace

void ReportWaldDelay(const Scale& scale, Report& report) {
  std::vector<Row> rows;
  for (const Cohorts& cohorts : scale.cohorts) {
    for (const double ratio : scale.ratios) rows.push_back(RunRow(scale, cohorts, ratio));
    Progress("delay where the noise is Poisson", CohortsName(cohorts));
  }
  constexpr std::size_t kCold = 2;  // place in DelayJudges
  for (const Cohorts& cohorts : scale.cohorts) {
    if (cohorts.canary + cohorts.baseline < 10) continue;
    report.claims.push_back(ColdClaim(rows, cohorts, kCold));
  }
  report.claims.push_back({.claim = "delay over Wald's bound, with a profile",
                           .unit = "x",
                           .bound = kProfilePromise,
                           .note = "not measured: the engine has no profile mode yet"});
  report.tables.push_back(DelayTable(scale, rows));
  report.plots.push_back(DelayPlot(rows));
}

}  // namespace haldane::benchmarks
