#pragma once

#include <sys/types.h>

#include <cstdint>

#include "guard/runtime/run.h"

namespace haldane::guard {

// The proxy's process, from its first moment to its exit code: answers lookups,
// reads the kernel's events, keeps the record, and when the launcher says so
// writes the summary. When the launcher dies it kills the script and cleans up.
// `channel_fd`: to the launcher.
int RunGuardLoop(const Run& run, pid_t script, uint32_t restarts, int channel_fd);

}  // namespace haldane::guard
