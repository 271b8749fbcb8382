#include "controller/rollout/override_effects.h"

#include <utility>

#include "controller/verdict/explain.h"
#include "controller/verdict/policy.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::Finding;
using haldane::v1::RolloutState;
using haldane::v1::Verdict;

// The plan with the window that overrides have made of it.
haldane::v1::Plan Extended(haldane::v1::Plan plan, absl::Duration extension) {
  const absl::Duration max = plan::FromProto(plan.observe().max()) + extension;
  *plan.mutable_observe()->mutable_max() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(max));
  return plan;
}

// Where a held rollout stands: the evidence would end it, a person does not
// want that yet.
void Withhold(Verdict* verdict) {
  verdict->set_stage_clear(false);
  if (verdict->state() != haldane::v1::ROLLOUT_STATE_PROCEED &&
      verdict->state() != haldane::v1::ROLLOUT_STATE_UNDECIDED) {
    return;
  }
  verdict->set_sentence(verdict->state() == haldane::v1::ROLLOUT_STATE_PROCEED
                            ? "The evidence suffices to proceed, which waits for the hold to end."
                            : "Time has run out without a verdict, which waits for the hold to end.");
  verdict->set_state(haldane::v1::ROLLOUT_STATE_OBSERVING);
}

}  // namespace

Verdict DecideWithOverrides(const haldane::v1::Plan& plan, const Evidence& evidence,
                            std::vector<Finding> findings, absl::Time opened_at,
                            const haldane::v1::GuardStanding& guard, const OverrideLedger& overrides,
                            absl::Time now) {
  const haldane::v1::Plan extended = Extended(plan, overrides.Extension(now));
  const std::set<std::string> muted = overrides.Muted(now);
  const std::vector<Finding> judged = findings;
  for (Finding& finding : findings) {
    if (!muted.contains(finding.signal())) continue;
    finding.set_action(haldane::v1::ACTION_OBSERVE);
    finding.set_required(false);
    finding.set_state(haldane::v1::FINDING_STATE_NO_DATA);  // an e-value of 1 in the combination
    finding.set_harm_evidence(0);
  }
  Verdict verdict = Decide(extended, evidence, std::move(findings), opened_at, guard);
  verdict.set_sentence(Explain(extended, evidence, verdict));
  for (size_t i = 0; i < judged.size(); ++i) {
    if (!muted.contains(judged[i].signal())) continue;
    Finding* shown = verdict.mutable_findings(static_cast<int>(i));
    *shown = judged[i];
    shown->set_muted(true);
  }
  if (overrides.Hold(now) != nullptr) Withhold(&verdict);
  return verdict;
}

}  // namespace haldane::controller
