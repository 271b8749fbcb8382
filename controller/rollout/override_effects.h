#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/evidence/evidence.h"
#include "controller/rollout/override_ledger.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// As Decide and Explain, with what overrides in effect at the last tick change:
// a muted signal decides nothing (its share of the false-stop budget is given
// to nobody, so that muting can never make another signal stop the rollout), the
// window is longer, and a hold withholds proceed and undecided. Pure.
haldane::v1::Verdict DecideWithOverrides(const haldane::v1::Plan& plan, const Evidence& evidence,
                                         std::vector<haldane::v1::Finding> findings, absl::Time opened_at,
                                         const haldane::v1::GuardStanding& guard,
                                         const OverrideLedger& overrides, absl::Time now);

}  // namespace haldane::controller
