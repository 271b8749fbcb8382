#pragma once

#include <string>

#include "absl/time/time.h"
#include "haldane/v1/guard.pb.h"
#include "haldane/v1/guard_run.pb.h"
#include "haldane/v1/rollout.pb.h"

// Guarded runs as people read them.
namespace haldane::cli {

std::string GuardRunsTable(const google::protobuf::RepeatedPtrField<haldane::v1::GuardRun>& runs,
                           absl::Time now);
std::string GuardFindingsTable(const haldane::v1::ListGuardFindingsResponse& list);
// One run with all that was reported of it.
std::string GuardRunReport(const haldane::v1::GuardRun& run);
// What guarded runs show of what the plan of a rollout asks; empty when it asks
// for nothing.
std::string GuardStandingReport(const haldane::v1::Rollout& rollout);

}  // namespace haldane::cli
