#pragma once

#include "base/unique_fd.h"

namespace haldane::cli {

// From now on SIGINT, SIGTERM and SIGHUP do not end the process but make the
// returned descriptor readable. Call before any thread starts.
UniqueFd CatchInterrupts();

}  // namespace haldane::cli
