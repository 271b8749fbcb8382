#pragma once

#include "absl/status/status.h"
#include "guard/cgroup/run_group.h"
#include "guard/kernel/programs.h"
#include "guard/runtime/proxy_sockets.h"

namespace haldane::guard {

// Proves, before the script begins, that this kernel does what the run relies
// on: a process in the group sends a lookup to a server that does not exist;
// it must arrive at the proxy's socket under that process's name, and its answer
// seem to come from that server; and once the proxy is silent a lookup must be
// refused at once (where `enforced`). Leaves no trace but in the events.
absl::Status SelfTest(Programs* programs, const RunGroup& group, const ProxySockets& sockets, bool enforced);

}  // namespace haldane::guard
