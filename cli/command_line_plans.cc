// The part of the command line for plans.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/command_adder.h"
#include "cli/commands/plan_simulate.h"

namespace haldane::cli {
namespace {

void AddPlanSimulate(const CommandAdder& adder, CLI::App* plan) {
  const auto o = std::make_shared<PlanSimulateOptions>();
  CLI::App* simulate =
      adder.add(plan, "simulate", "Say how long a plan takes for a service like this, and what it could miss",
                "  haldane plan simulate plan.yaml\n"
                "  haldane plan simulate plan.yaml --canary-hosts 2 --baseline-hosts 20 --requests 35\n"
                "  haldane plan simulate plan.yaml --rate http.5xx=0.002 --effect http.5xx=3x --runs 50\n",
                [adder, o] { return RunPlanSimulate(*o, *adder.console); });
  simulate->add_option("FILE", o->plan_file, "the plan, YAML or JSON")->required();
  simulate->add_option("--canary-hosts", o->service.canary_hosts, "hosts of the canary")
      ->capture_default_str();
  simulate->add_option("--baseline-hosts", o->service.baseline_hosts, "hosts of the baseline")
      ->capture_default_str();
  simulate->add_option("--requests", o->service.requests_per_second, "requests a second per host")
      ->capture_default_str();
  simulate
      ->add_option("--spread", o->service.host_spread, "how much hosts differ: relative standard deviation")
      ->capture_default_str();
  simulate->add_flag("--same-hosts", o->service.same_hosts,
                     "canary hosts are baseline hosts restarted in place, whose past is known");
  simulate->add_option("--latency", o->service.latency_ms, "median latency, milliseconds")
      ->capture_default_str();
  simulate->add_option("--rate", o->rates, "events per request of a signal; may be repeated")
      ->type_name("SIGNAL=RATE");
  simulate->add_option("--effect", o->effect, "what is wrong with the canary (default: each rate in turn)")
      ->type_name("SIGNAL=RATIO");
  simulate->add_option("--runs", o->runs, "rollouts to play of each kind")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  AddOutput(simulate, &o->output);
}

}  // namespace

void AddPlanCommands(const CommandAdder& adder) {
  CLI::App* plan = adder.app->add_subcommand("plan", "Check plans and try them out");
  const auto file = std::make_shared<std::string>();
  CLI::App* lint =
      adder.add(plan, "lint", "Say everything that is wrong with a plan, or print it with its defaults",
                "  haldane plan lint plan.yaml\n"
                "  haldane plan lint plan.yaml > complete.yaml\n",
                [adder, file] { return RunPlanLint(*file, *adder.console); });
  lint->add_option("FILE", *file, "the plan, YAML or JSON")->required();
  AddPlanSimulate(adder, plan);
}

}  // namespace haldane::cli
