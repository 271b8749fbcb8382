#pragma once

#include "absl/status/status.h"

namespace haldane::agent {

// Makes sure that tracefs can be read, through which system-call tracepoints
// are attached: mounts it at /sys/kernel/tracing where it is not. The mount
// stays. Errors say what to do.
absl::Status EnsureTracefs();

}  // namespace haldane::agent
