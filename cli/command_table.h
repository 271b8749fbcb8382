#pragma once

#include <string>
#include <utility>
#include <vector>

namespace haldane::cli {

// The commands of `haldane` as completions and man pages need them.

struct OptionEntry {
  std::vector<std::string> names;    // "-o", "--output"; of an argument its name, such as "NAME"
  std::string value;                 // "FILE", "text|json"; empty for a flag
  std::vector<std::string> choices;  // the words of `value`, when it is some
  std::string description;
  std::string standard;     // what it is when it is not given; may be empty
  std::string environment;  // variable that stands for it; may be empty
  bool required = false;
  bool argument = false;  // given without a name

  bool is_file() const { return value == "FILE" || value == "DIR" || value == "PATH"; }
};

struct CommandEntry {
  std::string path;  // "haldane rollout list"
  std::string description;
  std::string examples;  // lines, indented by two spaces; may be empty
  std::vector<OptionEntry> options;
  std::vector<std::pair<std::string, std::string>> commands;  // below it: name and description
};

// A command follows the one that it is below of; the first is `haldane` itself,
// whose options are taken by all.
using CommandTable = std::vector<CommandEntry>;

}  // namespace haldane::cli
