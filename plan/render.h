#pragma once

#include <string>

#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

// A complete plan, such as WithDefaults makes, as YAML that ParsePlan reads back
// as the same plan.
std::string RenderPlan(const haldane::v1::Plan& plan);

}  // namespace haldane::plan
