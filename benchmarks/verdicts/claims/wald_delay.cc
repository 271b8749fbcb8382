#include "benchmarks/verdicts/claims/wald_delay.h"

#include <cmath>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "benchmarks/peers/kayenta.h"
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
constexpr Mode kDelayModes[] = {Mode::kCold, Mode::kProfile, Mode::kPrePeriod};
constexpr std::size_t kFirstMode = 3;  // place in DelayJudges

// Mean delay over the bound, for each judge, with its standard error; a mean of
// censored delays would flatter, so there is none below 90 % power.
struct Row {
  Cohorts cohorts;
  double ratio;
  std::vector<double> delay;
  std::vector<double> error;
  std::vector<double> median;
  std::vector<double> p90;
  std::vector<double> power;
};

// Kayenta's lifetime is the horizon, so that it is not cut off.
std::vector<Contestant> DelayJudges(double ratio) {
  std::vector<Contestant> judges = {
      {"oracle SPRT", [=]() -> std::unique_ptr<Judge> { return std::make_unique<OracleSprt>(ratio, kAlpha); },
       -std::log(kAlpha)},
      {"mSPRT", []() -> std::unique_ptr<Judge> { return std::make_unique<PoissonMsprt>(); },
       -std::log(kAlpha)},
      {"Kayenta",
       []() -> std::unique_ptr<Judge> {
         return std::make_unique<KayentaJudge>(KayentaJudge::Options{.lifetime = kHorizon});
       },
       1}};
  for (const Mode mode : kDelayModes) {
    judges.push_back(Engine(mode, FindNoiseModel("poisson"), {.alphas = {kAlpha}}));
  }
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
  for (const std::vector<Trace>& traces : RunCell(cell, scale.workers)) {
    const Delays delays = DelaysByOwnRule(traces, 0, kHorizon);
    const double none = std::numeric_limits<double>::quiet_NaN();
    row.delay.push_back(delays.power() < 0.9 ? none : delays.mean / kWald);
    row.error.push_back(delays.error / kWald);
    row.median.push_back(delays.median);
    row.p90.push_back(delays.p90);
    row.power.push_back(delays.power());
  }
  return row;
}

// The mean over ratios of one judge; NaN when any is.
double MeanOver(const std::vector<Row>& rows, const Cohorts& cohorts, std::size_t judge) {
  double sum = 0;
  int count = 0;
  for (const Row& row : rows) {
    if (!(row.cohorts == cohorts)) continue;
    sum += row.delay[judge];
    ++count;
  }
  return sum / count;
}

// Its standard error.
double ErrorOver(const std::vector<Row>& rows, const Cohorts& cohorts, std::size_t judge) {
  double squares = 0;
  int count = 0;
  for (const Row& row : rows) {
    if (!(row.cohorts == cohorts)) continue;
    squares += row.error[judge] * row.error[judge];
    ++count;
  }
  return std::sqrt(squares) / count;
}

// The worst of several cohorts: unmeasured when one of them was not found.
Claim ClaimOf(const Scale& scale, const std::vector<Row>& rows, std::size_t judge, bool ten_hosts,
              const std::string& claim, double promise) {
  double worst = 0;
  bool measured = true;
  std::vector<std::string> all;
  for (const Cohorts& cohorts : scale.delay_cohorts) {
    const bool ten = cohorts.canary + cohorts.baseline >= 10;
    const bool small = cohorts.canary >= 2 && cohorts.canary == cohorts.baseline && cohorts.canary <= 3;
    if (ten_hosts ? !ten : !small) continue;
    const double mean = MeanOver(rows, cohorts, judge);
    all.push_back(absl::StrFormat(
        "%s %s", CohortsName(cohorts),
        std::isnan(mean) ? "under 90 % found"
                         : absl::StrFormat("%.2f +- %.2f", mean, ErrorOver(rows, cohorts, judge))));
    measured &= !std::isnan(mean);
    if (measured) worst = std::max(worst, mean);
  }
  Claim result{.claim = claim, .unit = "x", .bound = promise, .met = measured && worst <= promise};
  if (measured) result.value = worst;
  result.note = absl::StrCat("worst of: ", absl::StrJoin(all, ", "),
                             "; means over rate ratios 1.5 to 5, Poisson, budget 1 %");
  return result;
}

Table DelayTable(const Scale& scale, const std::vector<Row>& rows) {
  Table table{
      .title = "Delay where the noise is Poisson",
      .text = absl::StrFormat(
          "Mean time to a stop over Wald's lower bound (set to %d s by the choice of rate), then median / "
          "90th "
          "percentile in seconds, budget 1 %%, %d rollouts a cell; a missed one counts as ten bounds; where "
          "less than 90 %% were found only that share is given. The oracle is told the true ratio; mSPRT may "
          "rely on Poisson noise and Kayenta on no more than one look, the engine on neither.",
          kWald, scale.harmful_runs),
      .header = {"hosts", "rate ratio"}};
  for (const Contestant& judge : DelayJudges(2)) table.header.push_back(judge.name);
  for (const Row& row : rows) {
    std::vector<std::string> cells = {CohortsName(row.cohorts), absl::StrCat(row.ratio)};
    for (std::size_t j = 0; j < row.delay.size(); ++j) {
      cells.push_back(std::isnan(row.delay[j])
                          ? absl::StrFormat("%.0f %% found", 100 * row.power[j])
                          : absl::StrFormat("%.2f (%.0f / %.0f)", row.delay[j], row.median[j], row.p90[j]));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

DotPlot DelayPlot(const std::vector<Row>& rows) {
  DotPlot plot{.file = "delay.svg",
               .title = "Mean delay over Wald's bound, Poisson noise, budget 1 %",
               .axis = "times the bound; nothing where under 90 % were found; the line is the promise cold",
               .low = 0.8,
               .high = 10,
               .bound = 2.4};
  std::vector<DotPlot::Series> series;
  for (const Contestant& judge : DelayJudges(2)) series.push_back({judge.name, {}});
  for (const Row& row : rows) {
    plot.rows.push_back(absl::StrCat(CohortsName(row.cohorts), ", ratio ", row.ratio));
    for (std::size_t j = 0; j < series.size(); ++j) series[j].values.push_back({row.delay[j]});
  }
  plot.series = std::move(series);
  return plot;
}

}  // namespace

void ReportWaldDelay(const Scale& scale, Report& report) {
  std::vector<Row> rows;
  for (const Cohorts& cohorts : scale.delay_cohorts) {
    for (const double ratio : scale.ratios) rows.push_back(RunRow(scale, cohorts, ratio));
    Progress("delay where the noise is Poisson", CohortsName(cohorts));
  }
  report.claims.push_back(
      ClaimOf(scale, rows, kFirstMode, true, "mean delay over Wald's bound, cold, ten hosts and more", 2.4));
  report.claims.push_back(ClaimOf(scale, rows, kFirstMode + 1, true,
                                  "mean delay over Wald's bound, with a profile, ten hosts and more", 1.6));
  report.claims.push_back(ClaimOf(scale, rows, kFirstMode + 1, false,
                                  "mean delay over Wald's bound, with a profile, 2 and 3 hosts a side", 2));
  report.tables.push_back(DelayTable(scale, rows));
  report.plots.push_back(DelayPlot(rows));
}

}  // namespace haldane::benchmarks
