#pragma once

#include "absl/status/status.h"
#include "haldane/v1/guard_run.pb.h"

namespace haldane::controller {

// INVALID_ARGUMENT, naming the field and what it may be, when a reported run is
// out of bounds. It comes from a host's network and is believed in nothing else.
absl::Status CheckGuardRun(const haldane::v1::GuardRun& run);

}  // namespace haldane::controller
