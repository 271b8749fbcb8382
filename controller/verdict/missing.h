#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// Data that a comparison needs and does not have. "Missing" is never "zero": a
// host that reports and has no events is truly zero and is not missing.
struct Missing {
  haldane::v1::MissingCause cause;
  std::string what;  // one clause for a person, with what to do
  absl::Time since;  // when it began; the first tick when it has been so ever since
};

// Why the cohorts cannot be compared on the s-th signal, or nothing.
std::optional<Missing> FindMissing(const haldane::v1::Plan& plan, const Evidence& evidence, int s);

// What the plan does about it.
haldane::v1::MissingPolicy PolicyFor(const haldane::v1::Plan& plan, haldane::v1::MissingCause cause);

// A host that has live processes and has not reported for this long is silent.
inline constexpr absl::Duration kSilentAfter = absl::Seconds(10);
// So long after data began to be missing does a plan that says `halt` halt.
inline constexpr absl::Duration kHaltAfter = absl::Seconds(30);

// Names of the hosts of a cohort that are silent at `now`, in order of
// appearance.
std::vector<std::string> SilentHosts(const Evidence& evidence, Cohort cohort, absl::Time now);

}  // namespace haldane::controller
