// The part of the command line for what the controller has learned.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_adder.h"
#include "cli/commands/profile_commands.h"

namespace haldane::cli {
namespace {

struct ProfileArguments {
  Output list_output = Output::kText;
  ProfileOptions get, learn;
};

}  // namespace

void AddProfileCommands(const CommandAdder& adder) {
  const auto a = std::make_shared<ProfileArguments>();
  CLI::App* profile = adder.app->add_subcommand("profile", "Look at what was learned of services");

  CLI::App* list =
      adder.add(profile, "list", "List the services that have a profile", "  haldane profile list\n",
                [adder, a] { return RunProfileList(a->list_output, *adder.server, *adder.console); });
  AddOutput(list, &a->list_output);

  CLI::App* get =
      adder.add(profile, "get", "Show how a service's hosts differ, and how often it is stopped by mistake",
                "  haldane profile get web\n"
                "  haldane profile get web -o json | jq '.signals[] | {signal, self_stop_high}'\n",
                [adder, a] { return RunProfileGet(a->get, *adder.server, *adder.console); });
  get->add_option("SERVICE", a->get.service, "the service")->required()->check(NotEmpty());
  AddOutput(get, &a->get.output);

  CLI::App* learn =
      adder.add(profile, "learn", "Learn from the quiet time since the last window, at once (role deployer)",
                "  haldane profile learn web\n",
                [adder, a] { return RunProfileLearn(a->learn, *adder.server, *adder.console); });
  learn->add_option("SERVICE", a->learn.service, "the service")->required()->check(NotEmpty());
  AddOutput(learn, &a->learn.output);
}

}  // namespace haldane::cli
