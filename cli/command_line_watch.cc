// watch, and rollout watch.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_adder.h"
#include "cli/interrupts.h"

namespace haldane::cli {
namespace {

int Watch(const CommandAdder& adder, WatchOptions options) {
  // Before any thread, so that every thread leaves these signals alone.
  const UniqueFd interrupts = CatchInterrupts();
  options.interrupt_fd = interrupts.get();
  return RunWatch(options, *adder.server, *adder.console);
}

}  // namespace

void AddWatchCommands(const CommandAdder& adder) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App* all = adder.add(adder.app, "watch", "Show rollouts as they change, until interrupted",
                            "  haldane watch\n"
                            "  haldane watch --service web\n",
                            [adder, options] { return Watch(adder, *options); });
  all->add_option("--service", options->service, "only rollouts of this service")->check(NotEmpty());

  CLI::App* one =
      adder.add(adder.app->get_subcommand("rollout"), "watch", "Show one rollout until it ends",
                "  haldane rollout watch web-def456\n", [adder, options] { return Watch(adder, *options); });
  one->add_option("NAME", options->rollout, "name of the rollout")->required()->check(NotEmpty());
}

}  // namespace haldane::cli
