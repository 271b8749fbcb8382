#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::cli {

// The plan in a file, complete with defaults. `rollout_name` replaces the name
// that the plan has or gets; empty leaves it. Failures are one message per
// line, each naming file and line or the option.
absl::StatusOr<haldane::v1::Plan> LoadPlan(const std::string& path, const std::string& rollout_name);

}  // namespace haldane::cli
