#pragma once

#include <string>

#include "cli/render/style.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// Why a rollout stands where it stands: each signal's numbers against the
// plan's limits, what would have to change, and what it was computed from.
std::string ExplainReport(const haldane::v1::Rollout& rollout, const Style& style);

}  // namespace haldane::cli
