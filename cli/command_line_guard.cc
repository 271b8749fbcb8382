// The part of the command line that runs scripts under guard.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "cli/command_adder.h"
#include "cli/commands/guard_commands.h"

namespace haldane::cli {
namespace {

// What the controller takes as the id of a deploy.
CLI::Validator NameLike() {
  return CLI::Validator(
      [](const std::string& text) {
        const bool fits = text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
                            return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
                          });
        return fits ? "" : "must be up to 128 letters, digits, '.', '_' and '-'";
      },
      "");
}

void AddGuardRun(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardRunOptions>();
  CLI::App* run = adder.add(
      guard, "run", "Run a script that may reach only what the policy allows (haldane help exit-codes)",
      "  sudo haldane guard run --policy guard.yaml -- ./deploy.sh web-42\n"
      "  sudo haldane guard run --policy guard.yaml --mode observe -- ./deploy.sh\n"
      "  sudo haldane guard run --policy guard.yaml --rollback -- ./rollback.sh\n",
      [adder, options] { return RunGuardRun(*options, *adder.server, *adder.console); });
  run->add_option("--policy", options->policy_file, "what may be reached")->required()->type_name("FILE");
  run->add_option("--mode", options->mode, "instead of the policy's mode")
      ->check(CLI::IsMember({"observe", "enforce"}));
  run->add_flag("--rollback", options->rollback,
                "this is a rollback: nothing is blocked, everything is recorded");
  run->add_option("--out", options->out, "folder for the record and the reports")
      ->type_name("DIR")
      ->capture_default_str();
  run->add_option("--deploy-id", options->deploy_id,
                  "said in every line of the record; with the name of a rollout, its plan may judge the run")
      ->check(NameLike())
      ->type_name("ID");
  run->add_option("--step", options->step, "said in every line of the record")->type_name("NAME");
  run->add_option("--controller", options->controller,
                  "tell this controller of the run; when it is away, later, and the script never waits")
      ->check(NotEmpty())
      ->type_name("HOST:PORT");
  run->add_option("--service", options->service, "the service that is deployed, for the controller")
      ->type_name("NAME");
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

void AddGuardSend(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardSendOptions>();
  CLI::App* send =
      adder.add(guard, "send", "Report runs to the controller that could not be reported when they ran",
                "  haldane --server controller:7460 guard send\n",
                [adder, options] { return RunGuardSend(*options, *adder.server, *adder.console); });
  send->add_option("--out", options->out, "the runs' folder")->type_name("DIR")->capture_default_str();
  send->add_option("--follow", options->follow, "report this run until it has ended")
      ->check(NameLike())
      ->type_name("RUN");
}

void AddGuardList(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardListOptions>();
  CLI::App* list =
      adder.add(guard, "list", "Show guarded runs of all hosts, or the commands that broke their rules",
                "  haldane guard list --deploy-id web-42\n"
                "  haldane guard list --deploy-id web-42 --findings\n",
                [adder, options] { return RunGuardList(*options, *adder.server, *adder.console); });
  list->add_option("--deploy-id", options->deploy_id, "only runs of this deploy")->type_name("ID");
  list->add_option("--service", options->service, "only runs that deploy this service")->type_name("NAME");
  CLI::Option* host = list->add_option("--host", options->host, "only runs on this host")->type_name("NAME");
  list->add_flag("--findings", options->findings, "one row per command, over all hosts")->excludes(host);
  list->add_option("--limit", options->limit, "at most this many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  AddOutput(list, &options->output);
}

void AddGuardGet(const CommandAdder& adder, CLI::App* guard) {
  auto options = std::make_shared<GuardGetOptions>();
  CLI::App* get = adder.add(guard, "get", "Show one guarded run with all that was reported of it",
                            "  haldane guard get 20260302-101500-3f2a\n", [adder, options] {
                              return RunGuardGet(*options, *adder.server, *adder.console);
                            });
  get->add_option("RUN", options->run_id, "id of the run")->required()->check(NotEmpty());
  AddOutput(get, &options->output);
}

}  // namespace

void AddGuardCommands(const CommandAdder& adder) {
  CLI::App* guard =
      adder.app->add_subcommand("guard", "Run deploy scripts that cannot depend on what they deploy");
  AddGuardRun(adder, guard);
  AddGuardCheck(adder, guard);
  AddGuardProbe(adder, guard);
  AddGuardList(adder, guard);
  AddGuardGet(adder, guard);
  AddGuardSend(adder, guard);
}

}  // namespace haldane::cli
