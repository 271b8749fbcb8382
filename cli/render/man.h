#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/command_table.h"

namespace haldane::cli {

// One page of the manual.
struct ManPage {
  std::string file;  // "haldane-gate.1"
  std::string text;  // for man(7)
};

// haldane(1), with the environment and exit codes, and a page for each command
// right below it, with what is below that.
std::vector<ManPage> ManPages(const CommandTable& table, absl::string_view version);

}  // namespace haldane::cli
