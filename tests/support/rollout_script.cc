#include "tests/support/rollout_script.h"

#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::testing {
namespace {

haldane::v1::RolloutEvent EventAt(absl::Time time) {
  haldane::v1::RolloutEvent event;
  *event.mutable_time() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
  return event;
}

void AddSignal(const char* name, haldane::v1::Plan* plan) {
  haldane::v1::SignalPlan* signal = plan->add_signals();
  signal->set_name(name);
  signal->set_tolerate_ratio(1.5);
  signal->set_tolerate_absolute(0.0005);
  signal->set_action(haldane::v1::ACTION_ROLLBACK);
  signal->set_weight(1);
}

}  // namespace

haldane::v1::Plan TestPlan() {
  haldane::v1::Plan plan;
  plan.set_rollout("web-new");
  plan.set_service("web");
  for (auto* selector : {plan.mutable_canary(), plan.mutable_baseline()}) {
    haldane::v1::Label* label = selector->Add();
    label->set_name("revision");
    label->set_value(selector == plan.mutable_canary() ? "new" : "old");
  }
  plan.mutable_observe()->mutable_min()->set_seconds(10);
  plan.mutable_observe()->mutable_max()->set_seconds(120);
  plan.mutable_observe()->mutable_warmup()->set_seconds(5);
  plan.mutable_budget()->set_false_stop(0.01);
  plan.mutable_budget()->set_missed(0.05);
  plan.set_min_hosts(1);
  AddSignal("ruby.exceptions", &plan);
  AddSignal("http.5xx", &plan);
  return plan::WithDefaults(plan);
}

haldane::v1::Plan TestPlan(const std::vector<std::string>& signals) {
  haldane::v1::Plan plan = TestPlan();
  plan.clear_signals();
  for (const std::string& name : signals) plan.add_signals()->set_name(name);
  return plan::WithDefaults(plan);
}

std::string CreatedBytes(const haldane::v1::Plan& plan, absl::Time time) {
  haldane::v1::Created created;
  *created.mutable_plan() = plan;
  return CreatedBytes(created, time);
}

std::string CreatedBytes(const haldane::v1::Created& created, absl::Time time) {
  haldane::v1::RolloutEvent event = EventAt(time);
  *event.mutable_created() = created;
  return event.SerializeAsString();
}

std::string TickBytes(const haldane::v1::Tick& tick, absl::Time time) {
  haldane::v1::RolloutEvent event = EventAt(time);
  *event.mutable_tick() = tick;
  return event.SerializeAsString();
}

std::string VerdictBytes(const haldane::v1::Verdict& verdict, absl::Time time) {
  haldane::v1::RolloutEvent event = EventAt(time);
  *event.mutable_verdict_reached()->mutable_verdict() = verdict;
  return event.SerializeAsString();
}

std::string AbortedBytes(const std::string& reason, absl::Time time) {
  haldane::v1::RolloutEvent event = EventAt(time);
  event.mutable_aborted()->set_reason(reason);
  return event.SerializeAsString();
}

}  // namespace haldane::testing
