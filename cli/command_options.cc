#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "cli/command_adder.h"

namespace haldane::cli {

absl::Duration TimeOf(const std::string& text) {
  absl::Duration duration;
  return absl::ParseDuration(text, &duration) ? duration : absl::ZeroDuration();
}

CLI::Validator PositiveTime() {
  return CLI::Validator(
      [](std::string& text) {
        const absl::Duration time = TimeOf(text);
        return time > absl::ZeroDuration() && time < absl::Hours(1000)
                   ? std::string()
                   : "'" + text + "' is not a time; write one such as 45s, 20m or 1h30m";
      },
      "");
}

CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); }, "");
}

namespace {

// Set by the command line, once, when YAML is wanted.
bool yaml_wanted = false;

// What is said of the form of a document is said after the words for it.
void SetOutput(const std::string& word, Output* output) {
  yaml_wanted = word == "yaml";
  *output = word == "github"                   ? Output::kGithub
            : word == "json" || word == "yaml" ? Output::kJson
                                               : Output::kText;
}

}  // namespace

bool YamlWanted() { return yaml_wanted; }

CLI::Option* AddOutputOf(CLI::App* command, const std::string& names, const std::vector<std::string>& words,
                         const std::string& description, Output* output) {
  const auto choose = [words, output](const std::string& word) {
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      throw CLI::ValidationError("--output", "'" + word + "' is none of " + absl::StrJoin(words, "|"));
    }
    SetOutput(word, output);
  };
  return command->add_option_function<std::string>(names, choose, description)
      ->type_name(absl::StrJoin(words, "|"))
      ->default_str(words.front());
}

void AddOutput(CLI::App* command, Output* output) {
  AddOutputOf(command, "-o,--output", {"text", "table", "json", "yaml"},
              "text (or table) for people, json or yaml for programs (stable)", output);
}

}  // namespace haldane::cli
