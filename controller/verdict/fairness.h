#pragma once

#include "controller/evidence/evidence.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// Whether the two cohorts can be compared at all, looked at before any verdict:
// balance of traffic, kinds of host, ages of processes, missing data. Pure.
//
// What the plan's on_missing says about missing data becomes the effect of the
// problem; beyond that, a canary with less than a tenth or more than ten times
// the baseline's traffic per host blocks proceed, and everything else is a note:
// hosts that differ systematically cannot be told from a regression by any
// statistics, so a person must hear of it.
haldane::v1::Fairness AssessFairness(const haldane::v1::Plan& plan, const Evidence& evidence);

// True when the problem has this effect.
bool HasEffect(const haldane::v1::Fairness& fairness, haldane::v1::FairnessProblem::Effect effect);

}  // namespace haldane::controller
