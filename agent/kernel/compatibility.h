#pragma once

#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// Tries each capability that the agent wants, on this kernel and with these
// privileges, and says for each that fails what it means and what to do.
// Versions are never compared: distributions backport.
haldane::v1::Compatibility ProbeCompatibility();

}  // namespace haldane::agent
