#pragma once

#include "absl/status/status.h"

namespace haldane::agent {

// Gives up every privilege that the agent does not need once its programs are in
// the kernel, for good: of the capabilities that it has, only these stay:
//
//   CAP_BPF, CAP_PERFMON    to attach programs while it runs
//   CAP_SYS_ADMIN           to attach them on kernels before 6.6, to measure them
//                           (bpf_enable_stats) and to mount tracefs where it is not
//   CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH
//                           to read /proc, memory and files of the processes it counts
//
// and neither a set-uid program nor a file's capabilities can give it any other.
// To be called while the process has one thread. Fails, having changed some, when
// the kernel refuses.
absl::Status DropPrivileges();

}  // namespace haldane::agent
