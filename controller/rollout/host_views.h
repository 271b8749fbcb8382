#pragma once

#include "absl/time/time.h"
#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// Adds what each host contributes, the canary's first, by name.
void AddHostViews(const haldane::v1::Plan& plan, const Evidence& evidence, absl::Time now,
                  haldane::v1::Rollout* view);

}  // namespace haldane::controller
