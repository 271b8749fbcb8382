#pragma once

#include "absl/status/status.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace haldane::cli {

// Prints the failure, which may be several lines, and returns `code`.
int Fail(const Console& console, ExitCode code, const absl::Status& failure);

// The same with the code that belongs to a failed call.
int FailCall(const Console& console, const absl::Status& failure);

}  // namespace haldane::cli
