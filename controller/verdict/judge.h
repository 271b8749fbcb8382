#pragma once

#include <vector>

#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// Judges each signal by itself: evidence -> one finding per signal of the plan,
// in its order. Pure.
//
// A signal is HARMFUL when its e-value against "the canary's rate is at most
// tolerate_ratio times the baseline's" reaches 1 / (false_stop * share), its
// share of the false-stop budget being its weight among the signals that may
// decide; CLEAR when the mirrored evidence demonstrates that the canary is
// within tolerance (stats/count_signal.h); NO_DATA, with the reason, when the
// cohorts cannot be compared fairly. Ville's inequality makes both valid at
// every look.
std::vector<haldane::v1::Finding> Judge(const haldane::v1::Plan& plan, const Evidence& evidence);

// Natural log of the weighted average of the signals' e-values against "the
// canary is within every tolerance"; a signal without data counts as 1.
double CombinedEvidence(const haldane::v1::Plan& plan, const std::vector<haldane::v1::Finding>& findings);

// A host that has live processes and has not reported for this long is silent.
inline constexpr absl::Duration kSilentAfter = absl::Seconds(10);

// Names of the hosts of a cohort that are silent at `now`, in order of
// appearance.
std::vector<std::string> SilentHosts(const Evidence& evidence, Cohort cohort, absl::Time now);

}  // namespace haldane::controller
