#include "controller/verdict/policy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/time/time.h"
#include "controller/verdict/judge.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::Finding;
using haldane::v1::RolloutState;

bool EnoughHosts(const haldane::v1::Plan& plan, const Evidence& evidence) {
  uint32_t canary = 0, baseline = 0;
  for (const Unit& unit : evidence.units()) {
    if (unit.process_ages_ms.empty()) continue;
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

bool MayProceed(const haldane::v1::Plan& plan, const Evidence& evidence,
                const std::vector<Finding>& findings) {
  bool some_decide = false;
  for (const Finding& finding : findings) {
    if (finding.action() == haldane::v1::ACTION_OBSERVE) continue;
    some_decide = true;
    if (finding.state() != haldane::v1::FINDING_STATE_CLEAR) return false;
  }
  return some_decide && EnoughHosts(plan, evidence) &&
         evidence.observed() >= plan::FromProto(plan.observe().min()) &&
         SilentHosts(evidence, Cohort::kCanary, evidence.last_tick()).empty() &&
         SilentHosts(evidence, Cohort::kBaseline, evidence.last_tick()).empty();
}

}  // namespace

haldane::v1::Verdict Decide(const haldane::v1::Plan& plan, const Evidence& evidence,
                            std::vector<Finding> findings, absl::Time opened_at) {
  haldane::v1::Verdict verdict;
  verdict.set_combined_evidence(CombinedEvidence(plan, findings));
  verdict.set_combined_bound(-std::log(plan.budget().false_stop()));
  if (evidence.last_tick() != absl::InfinitePast()) {
    *verdict.mutable_as_of() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(evidence.last_tick()));
  }

  if (verdict.combined_evidence() >= verdict.combined_bound()) {
    verdict.set_state(StopState(plan, findings));
  } else if (MayProceed(plan, evidence, findings)) {
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
