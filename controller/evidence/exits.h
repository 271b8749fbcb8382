#pragma once

#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// True when the process ended by a signal that only a fault or abort() sends,
// rather than a person or a supervisor: signal(7), the default action "core" but
// for SIGQUIT and the resource limits.
bool IsCrash(const haldane::v1::Exit& exit);

}  // namespace haldane::controller
