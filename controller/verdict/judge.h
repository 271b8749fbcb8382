#pragma once

#include <string>
#include <vector>

#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// Judges each signal by itself: evidence -> one finding per signal of the plan,
// in its order. Pure.
//
// A signal is HARMFUL when its e-value against "the canary is within tolerance"
// reaches 1 over its part of the false-stop budget, or when the gross-failure
// guard has fired (http.5xx); CLEAR when the mirrored evidence demonstrates, on
// what was seen during the present stage, that the canary is within tolerance;
// NO_DATA, with cause and reason, when the cohorts cannot be compared fairly.
// Ville's inequality makes the first two valid at every look. A signal that the
// plan drops for want of a probe has the action OBSERVE.
std::vector<haldane::v1::Finding> Judge(const haldane::v1::Plan& plan, const Evidence& evidence);

// Natural log of the weighted average of the signals' e-values against "the
// canary is within every tolerance"; a signal without data counts as 1.
double CombinedEvidence(const haldane::v1::Plan& plan, const std::vector<haldane::v1::Finding>& findings);

// How much of the false-stop budget is spent, in [0, 1]: the average, by
// weight, of the largest e-value that each signal ever had, over the one that
// stops. Never less than what any moment spent, and never shrinks.
double BudgetSpent(const haldane::v1::Plan& plan, const Evidence& evidence);

// What leaving out one host does to a stop.
struct LeaveOneOut {
  std::vector<std::string> flips;  // hosts without any one of which it would not be reached
  std::string rests_on;            // host without which nothing would speak for harm, or empty
};
// REQUIRES: these signals stop the rollout together.
LeaveOneOut LeaveHostsOut(const haldane::v1::Plan& plan, const Evidence& evidence,
                          const std::vector<haldane::v1::Finding>& findings);

}  // namespace haldane::controller
