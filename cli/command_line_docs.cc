#include "cli/command_line_docs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace haldane::cli {
namespace {

OptionEntry EntryOf(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  entry.argument = entry.names.empty();
  if (entry.argument) entry.names.push_back(option.get_name(true));
  // Beyond the colon are words about what a validator wants.
  const std::vector<std::string> type = absl::StrSplit(option.get_type_name(), absl::MaxSplits(':', 1));
  if (option.get_items_expected_max() > 0) entry.value = type[0].empty() ? "TEXT" : type[0];
  if (entry.value.find('|') != std::string::npos) entry.choices = absl::StrSplit(entry.value, '|');
  // One of CLI11's own validators: "TEXT:{a,b}".
  if (type.size() == 2 && type[1].size() > 2 && type[1].front() == '{' && type[1].back() == '}') {
    entry.choices = absl::StrSplit(type[1].substr(1, type[1].size() - 2), ',');
    entry.value = absl::StrJoin(entry.choices, "|");
  }
  entry.description = option.get_description();
  entry.standard = option.get_default_str();
  entry.environment = option.get_envname();
  entry.required = option.get_required();
  return entry;
}

void AddCommand(const CLI::App& app, const std::string& path,
                const std::function<std::string(const CLI::App*)>& examples, CommandTable* table) {
  CommandEntry entry{.path = path,
                     .description = app.get_description(),
                     .examples = examples(&app),
                     .options = {},
                     .commands = {}};
  for (const CLI::Option* option : app.get_options()) entry.options.push_back(EntryOf(*option));
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : below) {
    entry.commands.emplace_back(command->get_name(), command->get_description());
  }
  table->push_back(std::move(entry));
  for (const CLI::App* command : below) {
    AddCommand(*command, absl::StrCat(path, " ", command->get_name()), examples, table);
  }
}

}  // namespace

CommandTable TableOf(const CLI::App& app, const std::function<std::string(const CLI::App*)>& examples) {
  CommandTable table;
  AddCommand(app, app.get_name(), examples, &table);
  return table;
}

}  // namespace haldane::cli
