#pragma once

#include <optional>

#include "haldane/v1/plan.pb.h"
#include "haldane/v1/telemetry.pb.h"
#include "stats/count_signal.h"

namespace haldane::controller {

using stats::Cohort;

// The cohort of a process under a plan: it belongs to the plan's service and
// carries every label of exactly one selector. A process that matches both
// selectors, or neither, is compared with nothing.
std::optional<Cohort> CohortOf(const haldane::v1::Plan& plan, const haldane::v1::ProcessSample& process);

}  // namespace haldane::controller
