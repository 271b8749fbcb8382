#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/client.h"
#include "cli/commands/commands.h"
#include "cli/console.h"

namespace haldane::cli {

// What a file that adds commands to the command line is given.
struct CommandAdder {
  // A command of `parent` that does `run` and returns its exit code.
  std::function<CLI::App*(CLI::App* parent, const std::string& name, const std::string& description,
                          const std::string& examples, std::function<int()> run)>
      add;
  CLI::App* app;
  const Server* server;
  const Console* console;
};

// The time that an option's text stands for; zero when it stands for none.
absl::Duration TimeOf(const std::string& text);
// Accepts a time such as 45s, 20m or 1h30m.
CLI::Validator PositiveTime();
CLI::Validator NotEmpty();
// The form of a command's document; of YAML it is JSON here, and Run makes YAML
// of what the command wrote.
void AddOutput(CLI::App* command, Output* output);
// The same under these names, for these forms of all.
CLI::Option* AddOutputOf(CLI::App* command, const std::string& names, const std::vector<std::string>& words,
                         const std::string& description, Output* output);
// Whether YAML is wanted by the command that was parsed.
bool YamlWanted();

// plan: command_line_plans.cc.
void AddPlanCommands(const CommandAdder& adder);
// overrides, tokens, audit, replay: command_line_operators.cc.
void AddOperatorCommands(const CommandAdder& adder);
// guard: command_line_guard.cc.
void AddGuardCommands(const CommandAdder& adder);
// watch: command_line_watch.cc.
void AddWatchCommands(const CommandAdder& adder);
// profile: command_line_profiles.cc.
void AddProfileCommands(const CommandAdder& adder);
// fleet: command_line_fleet.cc.
void AddFleetCommands(const CommandAdder& adder);

}  // namespace haldane::cli
