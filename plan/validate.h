#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

// One thing that is wrong with a plan. Fields are named as people write them in
// a file: "observe.max", "signals[1].tolerate".
struct PlanProblem {
  std::string field;
  std::string related;  // another field that takes part in it; empty when none does
  std::string what;     // what is wrong; what to do
};

// Everything that is wrong with a complete plan, such as WithDefaults makes.
// The plan may be hostile; the work is bounded by its size.
std::vector<PlanProblem> FindPlanProblems(const haldane::v1::Plan& plan);

// Ok, or INVALID_ARGUMENT with one "plan.FIELD: what is wrong; what to do" per
// line. For plans that came over the wire: call it on WithDefaults' result.
absl::Status ValidatePlan(const haldane::v1::Plan& plan);

}  // namespace haldane::plan
