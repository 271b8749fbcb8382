#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/command_table.h"

namespace haldane::cli {

// Reads the table from the command line itself, so that neither can be without
// the other. `examples`: of a command, may be empty.
CommandTable TableOf(const CLI::App& app, const std::function<std::string(const CLI::App*)>& examples);

}  // namespace haldane::cli
