#pragma once

#include <string>

#include "cli/render/style.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::cli {

// What a host can do for Haldane, and for all that it cannot: why, and what to
// do about it.
std::string CompatibilityReport(const haldane::v1::Compatibility& compatibility, const Style& style);

// 0 for every signal, 3 for some, 1 for none.
int CompatibilityExitCode(const haldane::v1::Compatibility& compatibility);

}  // namespace haldane::cli
