#pragma once

#include <string>

#include "cli/command_table.h"

namespace haldane::cli {

// A script that makes the shell complete commands, options, their choices and
// files; to be sourced, or installed where the shell looks for such.
std::string BashCompletion(const CommandTable& table);
std::string ZshCompletion(const CommandTable& table);
std::string FishCompletion(const CommandTable& table);

}  // namespace haldane::cli
