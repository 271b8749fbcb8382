#pragma once

#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Removes, at every depth, the fields of a message that this version does not
// know. Cheap when there are none, which is nearly always.
void DiscardUnknownFields(haldane::v1::AgentMessage* message);

}  // namespace haldane::controller
