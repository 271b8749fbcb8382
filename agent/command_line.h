#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace haldane::agent {

// Exit codes of haldane-agent.
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;  // a wrong command line or configuration

// The path that --config names. Answers --help and --version itself, ending
// the process with 0; an unknown flag ends it with kExitUsage.
// INVALID_ARGUMENT when there is no --config, or anything else.
absl::StatusOr<std::string> ParseCommandLine(int argc, char** argv);

}  // namespace haldane::agent
