#include "benchmarks/verdicts/claims/other_harm.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/verdicts/claims/delays.h"
#include "benchmarks/verdicts/contestants.h"
#include "benchmarks/verdicts/engine/plain_rule.h"
#include "benchmarks/verdicts/progress.h"

namespace haldane::benchmarks {
namespace {

constexpr double kStopBudget = 0.01;
constexpr double kGrossPromise = 5;  // seconds
constexpr Mode kHarmModes[] = {Mode::kCold, Mode::kProfile, Mode::kPrePeriod, Mode::kRestarts};

struct NamedHarm {
  const char* name;
  Harm harm;
};

const NamedHarm kHarms[] = {
    {"3x from the start", {.ratio = 3}},
    {"3x after 15 minutes", {.ratio = 3, .onset = 900}},
    {"growing to 5x in 10 minutes", {.ratio = 5, .shape = Harm::Shape::kRamp}},
    {"10x on one canary host", {.ratio = 10, .shape = Harm::Shape::kOneHost}},
    {"3x above the usual load", {.ratio = 3, .shape = Harm::Shape::kUnderLoad}},
};

// Restarts are for harm that begins late, and dear.
bool IsTried(Mode mode, const Harm& harm) { return mode != Mode::kRestarts || harm.onset > 0; }

std::vector<Contestant> Engines(const NamedModel& model, const Harm& harm) {
  std::vector<Contestant> judges;
  for (const Mode mode : kHarmModes) {
    if (IsTried(mode, harm)) judges.push_back(Engine(mode, model, {.alphas = {kStopBudget}}));
  }
  return judges;
}

std::string InWords(const Delays& delays) {
  std::string words = MedianAndPower(delays);
  return delays.power() < 0.9 ? words : absl::StrFormat("%s / %.0f s", words, delays.p90);
}

std::vector<std::string> RunHarm(const Scale& scale, const NamedModel& model, const Cohorts& cohorts,
                                 const NamedHarm& harm) {
  const Cell cell{.name = absl::StrCat("harm/", model.name, "/", CohortsName(cohorts), "/", harm.name),
                  .model = model.make,
                  .setup = {.cohorts = cohorts, .harm = harm.harm, .before = kBefore},
                  .seconds = kRollout,
                  .runs = std::max(1, scale.harmful_runs / 3),
                  .judges = Engines(model, harm.harm)};
  std::vector<std::string> row = {model.name, CohortsName(cohorts), harm.name};
  for (const std::vector<Trace>& traces : RunCell(cell, scale.workers)) {
    const int onset = harm.harm.onset;
    row.push_back(InWords(DelaysAt(traces, -std::log(kStopBudget), onset, kRollout - onset)));
  }
  row.resize(3 + std::size(kHarmModes), "");
  return row;
}

}  // namespace

void ReportOtherHarm(const Scale& scale, Report& report) {
  Table table{
      .title = "Other kinds of harm",
      .text = absl::StrFormat(
          "Delay from onset to a stop: median / 90th percentile, budget 1 %%, %d rollouts a row that end "
          "after 30 minutes (in brackets the share that was stopped where not all were; the rest is missed; "
          "- below a half).",
          std::max(1, scale.harmful_runs / 3)),
      .header = {"noise", "hosts", "harm"}};
  for (const Mode mode : kHarmModes) table.header.push_back(ModeName(mode));
  for (const char* name : {"poisson", "hostcv.3", "ar1", "diurnal", "burst"}) {
    if (!scale.Has(name)) continue;
    for (const NamedHarm& harm : kHarms) {
      const bool needs_load = harm.harm.shape == Harm::Shape::kUnderLoad;
      if (needs_load != (absl::string_view(name) == "diurnal")) continue;
      table.rows.push_back(RunHarm(scale, FindNoiseModel(name), scale.cohorts.front(), harm));
    }
    Progress("other kinds of harm", name);
  }
  report.tables.push_back(std::move(table));
}

void ReportGrossFailure(const Scale& scale, Report& report) {
  // The ratio that makes every request fail.
  const std::pair<const char*, double> models[] = {{"poisson", 400}, {"hostcv.3", 100}, {"hostcv.6", 40},
                                                   {"ar1", 40},      {"shockhet", 200}, {"combo", 200}};
  const Mode modes[] = {Mode::kCold, Mode::kProfile, Mode::kPrePeriod};
  const Cohorts fives = {5, 5};
  Table table{
      .title = "Gross failure",
      .text = absl::StrFormat(
          "Every request of the canary fails (20 a second and host; on the baseline one in 40 to 400): "
          "seconds to a stop, median / 90th percentile, budget 1 %%, %d rollouts. A rollout is stopped by "
          "whichever comes first: the evidence, or the rule for plain failures (`gross_failure.h`), which "
          "needs no statistics.",
          scale.harmful_runs),
      .header = {"noise", "hosts"}};
  for (const Mode mode : modes) table.header.push_back(absl::StrCat("evidence, ", ModeName(mode)));
  table.header.push_back("the rule");
  Delays worst[std::size(modes)];
  std::string where[std::size(modes)];
  for (const auto& [name, ratio] : models) {
    if (!scale.Has(name)) continue;
    const NamedModel& model = FindNoiseModel(name);
    for (const Cohorts& cohorts : {fives, Cohorts{3, 3}, Cohorts{2, 2}, Cohorts{1, 10}}) {
      Cell cell{.name = absl::StrCat("gross/", name, "/", CohortsName(cohorts)),
                .model = model.make,
                .setup = {.cohorts = cohorts, .harm = {.ratio = ratio}, .before = 600},
                .seconds = 600,
                .runs = scale.harmful_runs};
      for (const Mode mode : modes) cell.judges.push_back(Engine(mode, model, {.alphas = {kStopBudget}}));
      cell.judges.push_back({.name = "the rule", .make = [] { return std::make_unique<PlainRuleJudge>(); }});
      std::vector<std::string> row = {name, CohortsName(cohorts)};
      const CellTraces traces = RunCell(cell, scale.workers);
      const auto delays_of = [&](std::size_t j) {
        return DelaysAt(traces[j], -std::log(kStopBudget), 0, cell.seconds);
      };
      const Delays rule = delays_of(std::size(modes));
      for (std::size_t j = 0; j < std::size(modes); ++j) {
        const Delays evidence = delays_of(j);
        row.push_back(InWords(evidence));
        const Delays& sooner = evidence.p90 <= rule.p90 ? evidence : rule;
        if (!(cohorts == fives) || sooner.p90 <= worst[j].p90) continue;
        worst[j] = sooner;
        where[j] = name;
      }
      row.push_back(InWords(rule));
      table.rows.push_back(std::move(row));
    }
  }
  Progress("gross failure", "done");
  for (std::size_t j = 0; j < std::size(modes); ++j) {
    report.claims.push_back(
        {.claim =
             absl::StrCat("a gross failure stopped at 5 hosts a side, 90th percentile, ", ModeName(modes[j])),
         .value = worst[j].p90,
         .unit = "s",
         .bound = kGrossPromise,
         .met = worst[j].p90 <= kGrossPromise,
         .note = absl::StrFormat("worst noise: %s, median %.0f s", where[j], worst[j].median)});
  }
  report.tables.push_back(std::move(table));
}

}  // namespace haldane::benchmarks
