#include "controller/verdict/policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/time/time.h"
#include "controller/verdict/fairness.h"
#include "controller/verdict/judge.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::FairnessProblem;
using haldane::v1::Finding;
using haldane::v1::RolloutState;

bool EnoughHosts(const haldane::v1::Plan& plan, const Evidence& evidence) {
  uint32_t canary = 0, baseline = 0;
  for (const Unit& unit : evidence.units()) {
    if (unit.process_starts.empty()) continue;
    ++(unit.cohort == Cohort::kCanary ? canary : baseline);
  }
  const uint32_t least = std::max(1u, plan.min_hosts());
  return canary >= least && baseline >= least;
}

RolloutState StateOf(haldane::v1::Action action) {
  return action == haldane::v1::ACTION_ROLLBACK ? haldane::v1::ROLLOUT_STATE_ROLLED_BACK
                                                : haldane::v1::ROLLOUT_STATE_HALTED;
}

// The state in which harm ends the rollout. REQUIRES: some signal decides.
RolloutState StopState(const haldane::v1::Plan& plan, const std::vector<Finding>& findings) {
  RolloutState state = haldane::v1::ROLLOUT_STATE_UNSPECIFIED;
  double most = -HUGE_VAL;
  RolloutState state_of_most = haldane::v1::ROLLOUT_STATE_HALTED;
  for (size_t s = 0; s < findings.size(); ++s) {
    const Finding& finding = findings[s];
    if (finding.action() == haldane::v1::ACTION_OBSERVE) continue;
    if (finding.state() == haldane::v1::FINDING_STATE_NO_DATA) continue;
    if (finding.state() == haldane::v1::FINDING_STATE_HARMFUL &&
        state != haldane::v1::ROLLOUT_STATE_ROLLED_BACK) {
      state = StateOf(finding.action());
    }
    const double contribution =
        finding.harm_evidence() + std::log(plan.signals(static_cast<int>(s)).weight());
    if (contribution > most) {
      most = contribution;
      state_of_most = StateOf(finding.action());
    }
  }
  return state == haldane::v1::ROLLOUT_STATE_UNSPECIFIED ? state_of_most : state;
}

// Everything that the stage asks for but the evidence of harm.
bool StageClear(const haldane::v1::Plan& plan, const Evidence& evidence, const std::vector<Finding>& findings,
                const haldane::v1::Fairness& fairness) {
  bool some_decide = false;
  for (const Finding& finding : findings) {
    if (finding.action() == haldane::v1::ACTION_OBSERVE || !finding.required()) continue;
    some_decide = true;
    if (finding.state() != haldane::v1::FINDING_STATE_CLEAR) return false;
  }
  return some_decide && EnoughHosts(plan, evidence) &&
         evidence.stage_observed() >= plan::FromProto(plan.observe().min()) &&
         !HasEffect(fairness, FairnessProblem::EFFECT_BLOCKS_PROCEED);
}

bool SomeHarmful(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.action() != haldane::v1::ACTION_OBSERVE &&
           finding.state() == haldane::v1::FINDING_STATE_HARMFUL;
  });
}

void SetStages(const haldane::v1::Plan& plan, const Evidence& evidence, haldane::v1::Verdict* verdict) {
  for (int i = 0; i < evidence.stage(); ++i) verdict->add_stages_passed(plan.stages(i).name());
  if (evidence.stage() < plan.stages_size()) verdict->set_stage(plan.stages(evidence.stage()).name());
}

}  // namespace

haldane::v1::Verdict Decide(const haldane::v1::Plan& plan, const Evidence& evidence,
                            std::vector<Finding> findings, absl::Time opened_at,
                            const haldane::v1::GuardStanding& guard) {
  haldane::v1::Verdict verdict;
  verdict.set_combined_evidence(CombinedEvidence(plan, findings));
  verdict.set_combined_bound(-std::log(plan.budget().false_stop()));
  if (evidence.last_tick() != absl::InfinitePast()) {
    *verdict.mutable_as_of() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(evidence.last_tick()));
  }

  *verdict.mutable_fairness() = AssessFairness(plan, evidence);
  verdict.set_budget_spent(BudgetSpent(plan, evidence));
  SetStages(plan, evidence, &verdict);

  const bool last_stage = evidence.stage() + 1 >= plan.stages_size();
  if (plan.has_guard()) *verdict.mutable_guard() = guard;
  const bool clear =
      (!plan.has_guard() || guard.passed()) && StageClear(plan, evidence, findings, verdict.fairness());
  verdict.set_stage_clear(clear && !last_stage);
  if (verdict.combined_evidence() >= verdict.combined_bound() || SomeHarmful(findings)) {
    verdict.set_state(StopState(plan, findings));
    if (verdict.combined_evidence() >= verdict.combined_bound()) {
      const LeaveOneOut out = LeaveHostsOut(plan, evidence, findings);
      verdict.set_rests_on_host(out.rests_on);
      for (const std::string& host : out.flips) verdict.add_flips_without(host);
    }
  } else if (HasEffect(verdict.fairness(), FairnessProblem::EFFECT_HALTS)) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_HALTED);
  } else if (clear && last_stage) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_PROCEED);
  } else if (evidence.last_tick() - opened_at >= plan::FromProto(plan.observe().max())) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_UNDECIDED);
  } else if (evidence.observed() > absl::ZeroDuration()) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_OBSERVING);
  } else if (EnoughHosts(plan, evidence)) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_WARMING);
  } else {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_PENDING);
  }
  for (Finding& finding : findings) *verdict.add_findings() = std::move(finding);
  return verdict;
}

}  // namespace haldane::controller
