#include "cli/commands/plan_simulate.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/commands/failure.h"
#include "cli/plan_file.h"
#include "cli/render/table.h"
#include "plan/signals.h"

namespace haldane::cli {
namespace {

using controller::SimulatedHarm;
using controller::SimulationSummary;

// "http.5xx=0.002" or "http.5xx=2x".
absl::StatusOr<std::pair<std::string, double>> NameAndNumber(const std::string& option,
                                                             const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  double number = 0;
  if (parts.first.empty() || !absl::SimpleAtod(absl::StripSuffix(parts.second, "x"), &number) ||
      !std::isfinite(number)) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", JsonQuote(text), " is not SIGNAL=NUMBER, such as http.5xx=0.002"));
  }
  return std::pair<std::string, double>(parts.first, number);
}

struct Scenario {
  std::string what;
  SimulatedHarm harm;
};

// No harm, then the one asked for or each deciding signal well beyond what is tolerated.
absl::StatusOr<std::vector<Scenario>> Scenarios(const haldane::v1::Plan& plan, const std::string& effect) {
  std::vector<Scenario> scenarios = {{"nothing wrong", {}}};
  if (!effect.empty()) {
    ASSIGN_OR_RETURN(const auto named, NameAndNumber("--effect", effect));
    scenarios.push_back(
        {absl::StrFormat("%s %.3gx", named.first, named.second), {named.first, named.second}});
    return scenarios;
  }
  for (const haldane::v1::SignalPlan& signal : plan.signals()) {
    if (signal.action() == haldane::v1::ACTION_OBSERVE) continue;
    if (!plan::RequiredByDefault(plan::FindSignal(signal.name())->kind)) continue;
    const double ratio = 2 * signal.tolerate_ratio();
    scenarios.push_back({absl::StrFormat("%s %.3gx", signal.name(), ratio), {signal.name(), ratio}});
  }
  return scenarios;
}

std::string Seconds(double seconds) {
  return seconds > 0 ? absl::FormatDuration(absl::Seconds(std::round(seconds))) : "-";
}

std::string Share(int part, int whole) { return absl::StrFormat("%.0f %%", 100.0 * part / whole); }

SimulationSummary Play(const haldane::v1::Plan& plan, const PlanSimulateOptions& options,
                       const Scenario& scenario, const Console& console) {
  std::vector<controller::SimulatedRollout> rollouts;
  for (int run = 0; run < options.runs; ++run) {
    if (console.live)
      console.err << "\r" << scenario.what << ": " << run << " of " << options.runs << "\033[K";
    rollouts.push_back(Simulate(plan, options.service, scenario.harm, static_cast<uint64_t>(run) + 1));
  }
  if (console.live) console.err << "\r\033[K" << std::flush;
  return controller::Summarize(rollouts);
}

std::string SimulationJson(const std::vector<std::pair<Scenario, SimulationSummary>>& results) {
  std::string text = "[";
  for (const auto& [scenario, summary] : results) {
    absl::StrAppend(&text, text.size() > 1 ? ",\n " : "", "{\"scenario\": ", JsonQuote(scenario.what),
                    ", \"runs\": ", summary.runs, ", \"proceeded\": ", summary.proceeded,
                    ", \"stopped\": ", summary.stopped, ", \"undecided\": ", summary.undecided,
                    ", \"median_seconds\": ", summary.median_seconds,
                    ", \"p90_seconds\": ", summary.p90_seconds, "}");
  }
  return text + "]\n";
}

std::string Detectable(const haldane::v1::Plan& plan, const controller::SimulatedService& service) {
  std::string text;
  for (int s = 0; s < plan.signals_size(); ++s) {
    const double ratio = controller::DetectableRatioOf(plan, s, service);
    if (ratio <= 0) continue;
    absl::StrAppend(&text, "  ", plan.signals(s).name(), ": ",
                    std::isfinite(ratio) ? absl::StrFormat("about %.2fx", ratio)
                                         : "none; hosts differ too much for so few of them",
                    "\n");
  }
  return text;
}

}  // namespace

int RunPlanSimulate(const PlanSimulateOptions& options, const Console& console) {
  const auto plan = LoadPlan(options.plan_file, "");
  if (!plan.ok()) return Fail(console, kExitUsage, plan.status());
  PlanSimulateOptions complete = options;
  for (const std::string& rate : options.rates) {
    const auto named = NameAndNumber("--rate", rate);
    if (!named.ok()) return Fail(console, kExitUsage, named.status());
    complete.service.rates.insert_or_assign(named->first, named->second);
  }
  const auto scenarios = Scenarios(*plan, options.effect);
  if (!scenarios.ok()) return Fail(console, kExitUsage, scenarios.status());
  for (const Scenario& scenario : *scenarios) {
    const absl::Status sound = CheckSimulation(*plan, complete.service, scenario.harm);
    if (!sound.ok()) return Fail(console, kExitUsage, sound);
  }

  std::vector<std::pair<Scenario, SimulationSummary>> results;
  for (const Scenario& scenario : *scenarios) {
    results.push_back({scenario, Play(*plan, complete, scenario, console)});
  }
  if (options.output == Output::kJson) {
    console.out << SimulationJson(results);
    return kExitDone;
  }
  Table table({"CANARY", "PROCEED", "STOP", "UNDECIDED", "MEDIAN", "P90"});
  for (const auto& [scenario, summary] : results) {
    table.AddRow({scenario.what, Share(summary.proceeded, summary.runs), Share(summary.stopped, summary.runs),
                  Share(summary.undecided, summary.runs), Seconds(summary.median_seconds),
                  Seconds(summary.p90_seconds)});
  }
  console.out << absl::StrFormat(
                     "%d rollouts each: %d canary and %d baseline hosts, %g requests a second per host, "
                     "hosts differing by %g %%\n\n",
                     options.runs, options.service.canary_hosts, options.service.baseline_hosts,
                     options.service.requests_per_second, 100 * options.service.host_spread)
              << table.Render() << "\nSmallest regression that the window finds four times in five:\n"
              << Detectable(*plan, complete.service);
  return kExitDone;
}

}  // namespace haldane::cli
