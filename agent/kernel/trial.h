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
absl::Status TrySyscallTracepoint();  // programs at system calls; mounts tracefs
absl::Status TryRunTimeStatistics();  // the kernel measures how long programs run
absl::Status TryReadingProcesses();   // memory and maps of any process may be read

// One link per probe, with a number that tells the program where it sits, or without.
enum class Cookie { kWith, kWithout };
absl::Status TryUprobe(Cookie cookie);

}  // namespace haldane::agent
