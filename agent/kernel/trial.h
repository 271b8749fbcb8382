#pragma once

#include "absl/status/status.h"

namespace haldane::agent {

// Trials of single capabilities of this kernel, with these privileges: each does
// the thing once, on nothing that anybody uses, undoes it, and says in the
// kernel's words why it failed.
absl::Status TryHostPidNamespace();   // pids mean the same here and in the kernel
absl::Status TryTypeInformation();    // the kernel describes its structures (BTF)
absl::Status TryProcessLifecycle();   // programs at fork, exec and exit (tp_btf)
absl::Status TryRingBuffer();         // events from programs
absl::Status TryUprobeMulti();        // one link for all probes of a binary
absl::Status TryUprobe();             // one link per probe, with a cookie
absl::Status TrySyscallTracepoint();  // programs at system calls; mounts tracefs

}  // namespace haldane::agent
