#include "controller/evidence/error_budget.h"

#include <algorithm>

namespace haldane::controller {

bool Decides(const haldane::v1::SignalPlan& signal) { return signal.action() != haldane::v1::ACTION_OBSERVE; }

ErrorBudget BudgetOf(const haldane::v1::Plan& plan, int s) {
  double total = 0;
  for (const haldane::v1::SignalPlan& signal : plan.signals()) total += Decides(signal) ? signal.weight() : 0;
  const double share = total > 0 ? std::min(1.0, plan.signals(s).weight() / total) : 1;
  return {.false_stop = plan.budget().false_stop() * share,
          .missed = plan.budget().missed() / std::max(1, plan.stages_size())};
}

}  // namespace haldane::controller
