#include "controller/metrics/metrics.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace haldane::controller {
namespace {

using haldane::v1::RolloutState;

// Labels cost memory here and in whatever scrapes us.
constexpr size_t kMaxSelfTested = 64;

prometheus::Gauge& AddGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& AddCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Histogram& AddHistogram(prometheus::Registry& registry, const char* name, const char* help) {
  const prometheus::Histogram::BucketBoundaries seconds = {0.0001, 0.0003, 0.001, 0.003, 0.01,
                                                           0.03,   0.1,    0.3,   1,     3};
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, seconds);
}

// "rolled_back" for ROLLOUT_STATE_ROLLED_BACK and its prefix ROLLOUT_STATE_.
std::string LabelOf(absl::string_view name, absl::string_view prefix) {
  absl::ConsumePrefix(&name, prefix);
  return absl::AsciiStrToLower(name);
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      reports_(prometheus::BuildCounter()
                   .Name("haldane_controller_reports_total")
                   .Help("Reports of agents, by what became of them.")
                   .Register(*registry_)),
      self_tests_(prometheus::BuildCounter()
                      .Name("haldane_controller_self_test_total")
                      .Help("Rollouts of a baseline against itself, by whether they were stopped by mistake.")
                      .Register(*registry_)),
      notifications_(prometheus::BuildCounter()
                         .Name("haldane_controller_notifications_total")
                         .Help("Attempts to notify webhooks, by what became of them.")
                         .Register(*registry_)),
      agents(AddGauge(*registry_, "haldane_controller_agents", "Agents that are connected.")),
      processes(AddGauge(*registry_, "haldane_controller_processes", "Processes that hosts have told of.")),
      gate_waiters(AddGauge(*registry_, "haldane_controller_gate_waiters", "Calls that wait for a verdict.")),
      rollouts_impeded(
          AddGauge(*registry_, "haldane_controller_rollouts_impeded",
                   "Rollouts that are not judged, because their log cannot be written or read.")),
      reports_accepted(reports_.Add({{"result", "accepted"}})),
      reports_repeated(reports_.Add({{"result", "repeated"}})),
      reports_rejected(reports_.Add({{"result", "rejected"}})),
      streams_replaced(AddCounter(*registry_, "haldane_controller_streams_replaced_total",
                                  "Agent streams closed because the same host opened another.")),
      calls_denied(AddCounter(*registry_, "haldane_controller_calls_denied_total",
                              "Calls refused because of the caller's certificate.")),
      store_failures(AddCounter(*registry_, "haldane_controller_store_failures_total",
                                "Events that could not be written to the log; all are tried again.")),
      notifications_delivered(notifications_.Add({{"result", "delivered"}})),
      notifications_failed(notifications_.Add({{"result", "failed"}})),
      notifications_given_up(notifications_.Add({{"result", "given_up"}})),
      notifications_waiting(AddGauge(*registry_, "haldane_controller_notifications_waiting",
                                     "Notifications that webhooks have not received yet.")),
      rollouts_pruned(AddCounter(*registry_, "haldane_controller_rollouts_pruned_total",
                                 "Logs of ended rollouts removed because of their age.")),
      tick_seconds(AddHistogram(*registry_, "haldane_controller_tick_seconds",
                                "Time to log and judge one second of every rollout.")),
      store_append_seconds(AddHistogram(*registry_, "haldane_controller_store_append_seconds",
                                        "Time to append one event to the log.")) {
  auto& hosts = prometheus::BuildGauge()
                    .Name("haldane_controller_hosts")
                    .Help("Hosts heard of within the last hour, by how much of the signals they can have.")
                    .Register(*registry_);
  for (int i = v1::Compatibility::PROFILE_UNSPECIFIED; i <= v1::Compatibility::PROFILE_DISABLED; ++i) {
    const auto profile = static_cast<v1::Compatibility::Profile>(i);
    hosts_[profile] =
        &hosts.Add({{"profile", LabelOf(v1::Compatibility::Profile_Name(profile), "PROFILE_")}});
  }
  auto& overrides = prometheus::BuildCounter()
                        .Name("haldane_controller_overrides_total")
                        .Help("Overrides by people, by what they do. A stop that was overridden is no pass.")
                        .Register(*registry_);
  for (int i = v1::OVERRIDE_KIND_PROCEED; i <= v1::OVERRIDE_KIND_MUTE; ++i) {
    const auto kind = static_cast<v1::OverrideKind>(i);
    overrides_[kind] = &overrides.Add({{"kind", LabelOf(v1::OverrideKind_Name(kind), "OVERRIDE_KIND_")}});
  }
  auto& rollouts = prometheus::BuildGauge()
                       .Name("haldane_controller_rollouts")
                       .Help("Rollouts, by where they stand.")
                       .Register(*registry_);
  auto& verdicts = prometheus::BuildCounter()
                       .Name("haldane_controller_verdicts_total")
                       .Help("Rollouts that ended, by how.")
                       .Register(*registry_);
  for (int i = haldane::v1::ROLLOUT_STATE_PENDING; i <= haldane::v1::ROLLOUT_STATE_OVERRIDDEN; ++i) {
    const auto state = static_cast<RolloutState>(i);
    const std::string label = LabelOf(v1::RolloutState_Name(state), "ROLLOUT_STATE_");
    rollouts_[state] = &rollouts.Add({{"state", label}});
    if (state >= haldane::v1::ROLLOUT_STATE_PROCEED) verdicts_[state] = &verdicts.Add({{"verdict", label}});
  }
}

prometheus::Counter& Metrics::self_tests(const std::string& service, const std::string& signal,
                                         bool stopped) {
  const bool own = self_tested_.size() < kMaxSelfTested || self_tested_.count(service) > 0;
  if (own) self_tested_.insert(service);
  return self_tests_.Add({{"service", own ? service : "(other)"},
                          {"signal", signal},
                          {"outcome", stopped ? "stopped" : "passed"}});
}

}  // namespace haldane::controller
