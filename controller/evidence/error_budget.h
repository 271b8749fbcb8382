#pragma once

#include "controller/evidence/signal_evidence.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::controller {

// What the s-th signal of the plan may cost. Its part of the false-stop budget
// is its weight among the signals that may decide; one that only observes is
// shown against the bound that it would have. The chance of a miss is divided
// by the stages, since each of them may be passed wrongly.
ErrorBudget BudgetOf(const haldane::v1::Plan& plan, int s);

// True when the signal may stop the rollout.
bool Decides(const haldane::v1::SignalPlan& signal);

}  // namespace haldane::controller
