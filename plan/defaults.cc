#include "plan/defaults.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "plan/limits.h"
#include "plan/signals.h"

namespace haldane::plan {
namespace {

constexpr auto kUnset = haldane::v1::MISSING_POLICY_UNSPECIFIED;
using Labels = google::protobuf::RepeatedPtrField<haldane::v1::Label>;

void SortByName(Labels* labels) {
  std::stable_sort(
      labels->begin(), labels->end(),
      [](const haldane::v1::Label& a, const haldane::v1::Label& b) { return a.name() < b.name(); });
}

// The canary's revision, or all that tells it apart when it is told by others.
std::string CanaryName(const Labels& canary) {
  std::string all;
  for (const haldane::v1::Label& label : canary) {
    if (label.name() == "revision") return label.value();
    absl::StrAppend(&all, all.empty() ? "" : "-", label.value());
  }
  return all;
}

std::string DefaultRolloutName(const haldane::v1::Plan& plan) {
  std::string name = absl::StrCat(plan.service(), "-", CanaryName(plan.canary()));
  if (name.size() > kMaxRolloutName) name.resize(kMaxRolloutName);
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '_') c = '-';
  }
  return name;
}

void FillSignal(haldane::v1::SignalPlan* planned) {
  const Signal* known = FindSignal(planned->name());
  if (known == nullptr) return;
  if (planned->tolerate_ratio() == 0) planned->set_tolerate_ratio(known->tolerate_ratio);
  if (!planned->has_tolerate_absolute()) planned->set_tolerate_absolute(known->tolerate_absolute);
  if (planned->action() == haldane::v1::ACTION_UNSPECIFIED) planned->set_action(known->action);
  if (planned->weight() == 0) planned->set_weight(known->weight);
  if (!planned->has_required()) planned->set_required(RequiredByDefault(known->kind));
  if (planned->bad() == haldane::v1::DIRECTION_UNSPECIFIED) planned->set_bad(known->bad);
  if (planned->quantiles().empty()) {
    for (const double quantile : known->quantiles) {
      if (quantile > 0) planned->add_quantiles(quantile);
    }
  }
}

void FillGuard(const std::string& rollout, haldane::v1::GuardPlan* guard) {
  if (guard->runs() == haldane::v1::GUARD_RUNS_WANTED_UNSPECIFIED) {
    guard->set_runs(haldane::v1::GUARD_RUNS_WANTED_REQUIRED);
  }
  if (guard->deploy_id().empty()) guard->set_deploy_id(rollout);
  if (!guard->has_max_blocked()) guard->set_max_blocked(0);
  if (!guard->has_max_would_block()) guard->set_max_would_block(0);
  if (!guard->has_max_unattributed()) guard->set_max_unattributed(0);
  if (!guard->has_complete_audit()) guard->set_complete_audit(true);
}

}  // namespace

absl::Duration DefaultMin() { return absl::Minutes(3); }
absl::Duration DefaultMax() { return absl::Minutes(30); }
absl::Duration DefaultWarmup() { return absl::Seconds(45); }

haldane::v1::Plan WithDefaults(haldane::v1::Plan plan) {
  SortByName(plan.mutable_canary());
  SortByName(plan.mutable_baseline());
  if (plan.rollout().empty()) plan.set_rollout(DefaultRolloutName(plan));

  haldane::v1::Observe* observe = plan.mutable_observe();
  if (!observe->has_min()) *observe->mutable_min() = ToProto(DefaultMin());
  if (!observe->has_max()) *observe->mutable_max() = ToProto(DefaultMax());
  if (!observe->has_warmup()) *observe->mutable_warmup() = ToProto(DefaultWarmup());

  haldane::v1::Budget* budget = plan.mutable_budget();
  if (budget->false_stop() == 0) budget->set_false_stop(kDefaultFalseStop);
  if (budget->missed() == 0) budget->set_missed(kDefaultMissed);

  if (plan.exposure() == haldane::v1::EXPOSURE_UNIT_UNSPECIFIED) {
    plan.set_exposure(haldane::v1::EXPOSURE_UNIT_REQUEST);
  }
  const bool http = plan.exposure() != haldane::v1::EXPOSURE_UNIT_CPU_SECOND;
  if (plan.signals().empty()) {
    for (const Signal& signal : KnownSignals()) {
      if (signal.by_default && (http || !NeedsHttp(signal.name)))
        plan.add_signals()->set_name(signal.name.data(), signal.name.size());
    }
  }
  for (haldane::v1::SignalPlan& signal : *plan.mutable_signals()) FillSignal(&signal);
  if (plan.min_hosts() == 0) plan.set_min_hosts(kDefaultMinHosts);
  haldane::v1::OnMissing* missing = plan.mutable_on_missing();
  if (missing->agent_silent() == kUnset) missing->set_agent_silent(haldane::v1::MISSING_POLICY_WAIT);
  if (missing->no_traffic() == kUnset) missing->set_no_traffic(haldane::v1::MISSING_POLICY_WAIT);
  if (missing->probe_missing() == kUnset) missing->set_probe_missing(haldane::v1::MISSING_POLICY_WAIT);
  if (plan.has_guard()) FillGuard(plan.rollout(), plan.mutable_guard());
  return plan;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

}  // namespace haldane::plan
