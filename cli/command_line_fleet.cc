// The part of the command line for hosts and kill switches.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_adder.h"
#include "cli/commands/fleet_commands.h"

namespace haldane::cli {
namespace {

// The command line owns it through the callbacks.
struct FleetArguments {
  FleetListOptions list;
  FleetGetOptions get;
  FleetSwitchOptions kill, arm;
};

void AddSwitch(CLI::App* command, FleetSwitchOptions* options) {
  CLI::Option* service = command->add_option("--service", options->service, "only this service")
                             ->check(NotEmpty())
                             ->type_name("NAME");
  command->add_flag("--everything", options->everything, "every service on every host")->excludes(service);
  command->add_option("--reason", options->reason, "why; kept in the log")->required()->check(NotEmpty());
  AddOutput(command, &options->output);
}

}  // namespace

void AddFleetCommands(const CommandAdder& adder) {
  const auto a = std::make_shared<FleetArguments>();
  CLI::App* fleet = adder.app->add_subcommand("fleet", "Hosts, what they can see, and kill switches");
  CLI::App* list = adder.add(fleet, "list", "Show every host and every kill switch that is on",
                             "  haldane fleet list\n"
                             "  haldane fleet list --service web -o json\n",
                             [adder, a] { return RunFleetList(a->list, *adder.server, *adder.console); });
  list->add_option("--service", a->list.service, "only hosts that run this service")->type_name("NAME");
  AddOutput(list, &a->list.output);

  CLI::App* get = adder.add(fleet, "get", "Show one host: what it counts, what not, and why",
                            "  haldane fleet get web-1\n",
                            [adder, a] { return RunFleetGet(a->get, *adder.server, *adder.console); });
  get->add_option("HOST", a->get.host, "name of the host")->required()->check(NotEmpty());
  AddOutput(get, &a->get.output);

  AddSwitch(adder.add(fleet, "kill", "Turn probes off, on every host, within a second (role oncall)",
                      "  haldane fleet kill --service web --reason 'suspected slowdown, INC-7'\n"
                      "  haldane fleet kill --everything --reason 'kernel upgrade'\n",
                      [adder, a] { return RunFleetKill(a->kill, *adder.server, *adder.console); }),
            &a->kill);
  AddSwitch(adder.add(fleet, "arm", "Allow probes again that `fleet kill` turned off (role oncall)",
                      "  haldane fleet arm --everything --reason 'upgrade done'\n",
                      [adder, a] { return RunFleetArm(a->arm, *adder.server, *adder.console); }),
            &a->arm);
}

}  // namespace haldane::cli
