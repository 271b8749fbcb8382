#pragma once

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "guard/runtime/run.h"

namespace haldane::guard {

// The launcher's view of the process that answers lookups, reads the kernel's
// events, and writes the record. It may die or hang at any moment; the kernel
// then refuses lookups until the launcher has started another.
struct ProxyProcess {
  pid_t pid = -1;
  UniqueFd pidfd;    // readable when it is dead
  UniqueFd channel;  // runtime/channel.h
};

// Forks one. `close_in_child`: the launcher's own descriptors, which it must not
// keep open. `restarts`: how many there were before.
absl::StatusOr<ProxyProcess> StartProxy(const Run& run, pid_t script, uint32_t restarts,
                                        const std::vector<int>& close_in_child);

}  // namespace haldane::guard
