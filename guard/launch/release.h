#pragma once

#include "guard/cgroup/run_group.h"

namespace haldane::guard {

// Moves what is left in a run's groups into the groups of this process, so that
// it lives on without the run. Its open sockets stay judged as they were.
void ReleaseProcesses(const RunGroup& group);

}  // namespace haldane::guard
