// The part of the command line that runs scripts under guard.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "cli/command_adder.h"
#include "cli/commands/guard_commands.h"

namespace haldane::cli {
namespace {

void AddGuardRun(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardRunOptions>();
  CLI::App* run = adder.add(
      guard, "run", "Run a script that may reach only what the policy allows (haldane help exit-codes)",
      "  sudo haldane guard run --policy guard.yaml -- ./deploy.sh web-42\n"
      "  sudo haldane guard run --policy guard.yaml --mode observe -- ./deploy.sh\n"
      "  sudo haldane guard run --policy guard.yaml --rollback -- ./rollback.sh\n",
      [adder, options] { return RunGuardRun(*options, *adder.console); });
  run->add_option("--policy", options->policy_file, "what may be reached")->required()->type_name("FILE");
  run->add_option("--mode", options->mode, "instead of the policy's mode")
      ->check(CLI::IsMember({"observe", "enforce"}));
  run->add_flag("--rollback", options->rollback,
                "this is a rollback: nothing is blocked, everything is recorded");
  run->add_option("--out", options->out, "folder for the record and the reports")
      ->type_name("DIR")
      ->capture_default_str();
  run->add_option("--deploy-id", options->deploy_id, "said in every line of the record")->type_name("ID");
  run->add_option("--step", options->step, "said in every line of the record")->type_name("NAME");
  run->add_flag("--quiet", options->quiet, "no summary at the end");
  run->add_option("COMMAND", options->command, "the script and its arguments, after --")->required();
  run->positionals_at_end();
}

void AddGuardCheck(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardCheckOptions>();
  CLI::App* check =
      adder.add(guard, "check", "Say everything that is wrong with a policy, or what it decides and why",
                "  haldane guard check guard.yaml\n"
                "  haldane guard check guard.yaml --explain github.com\n"
                "  haldane guard check guard.yaml --explain 192.0.2.1:443\n",
                [adder, options] { return RunGuardCheck(*options, *adder.console); });
  check->add_option("POLICY", options->policy_file, "the policy, YAML or JSON")
      ->required()
      ->type_name("FILE");
  check->add_option("--explain", options->explain, "which rule decides about this")
      ->check(NotEmpty())
      ->type_name("NAME|IP:PORT");
}

void AddGuardProbe(const CommandAdder& adder, CLI::App* guard) {
  adder.add(guard, "probe", "Say what this kernel can do for the guard (exits 0 all, 3 some, 1 nothing)",
            "  sudo haldane guard probe\n", [adder] { return RunGuardProbe(*adder.console); });
}

}  // namespace

void AddGuardCommands(const CommandAdder& adder) {
  CLI::App* guard =
      adder.app->add_subcommand("guard", "Run deploy scripts that cannot depend on what they deploy");
  AddGuardRun(adder, guard);
  AddGuardCheck(adder, guard);
  AddGuardProbe(adder, guard);
}

}  // namespace haldane::cli
