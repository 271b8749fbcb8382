#pragma once

#include <vector>

#include "absl/time/time.h"
#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// What follows from the findings: the rollout's state. Pure. In this order:
//
// - Stop as soon as the combined evidence reaches 1 / false_stop or a signal is
//   harmful by itself. The most severe action of the harmful signals decides; if
//   none is harmful by itself, that of the signal which contributes most.
// - Halt when data that the plan does not want to wait for are missing.
// - Proceed when, in the last stage, every required signal that may decide is
//   CLEAR, both cohorts have been observed for `observe.min` during the stage,
//   nothing makes the comparison unfair, and the guarded deploy scripts showed
//   what the plan asks of them. In an earlier stage the same sets `stage_clear`.
// - Undecided once `observe.max` has passed since the rollout was opened.
// - Otherwise pending (too few hosts), warming or observing.
//
// No news is never good news: anything missing blocks proceed. What guarded
// scripts did blocks proceed and never stops: it is no evidence against the
// release. Sets every field of the verdict but `sentence` and `input_digest`.
// `guard` is of a plan with a guard section.
haldane::v1::Verdict Decide(const haldane::v1::Plan& plan, const Evidence& evidence,
                            std::vector<haldane::v1::Finding> findings, absl::Time opened_at,
                            const haldane::v1::GuardStanding& guard);

}  // namespace haldane::controller
