#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "haldane/v1/override.pb.h"
#include "haldane/v1/telemetry.pb.h"
#include "haldane/v1/verdict.pb.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace haldane::controller {

// What the controller tells about itself. Everything is registered when it is
// made, so that a metric is there before its first event. Updating is atomic
// and may be done on any thread; destroy after whatever scrapes it.
class Metrics {
 public:
  Metrics();

  // For prometheus::Exposer.
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

  // haldane_controller_hosts{profile}: heard of within the hour, by what their
  // agents could have.
  prometheus::Gauge& hosts(haldane::v1::Compatibility::Profile profile) { return *hosts_.at(profile); }
  // haldane_controller_rollouts{state} and _verdicts_total{verdict}; the name
  // is the state's in lower case, such as "rolled_back".
  prometheus::Gauge& rollouts(haldane::v1::RolloutState state) { return *rollouts_.at(state); }
  prometheus::Counter& verdicts(haldane::v1::RolloutState state) { return *verdicts_.at(state); }
  // haldane_controller_overrides_total{kind}, such as "proceed".
  prometheus::Counter& overrides(haldane::v1::OverrideKind kind) { return *overrides_.at(kind); }
  // haldane_controller_self_test_total{service,signal,outcome}: outcome is
  // "stopped" or "passed". Services beyond the first 64 share "(other)". Always
  // called on the same thread.
  prometheus::Counter& self_tests(const std::string& service, const std::string& signal, bool stopped);

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  std::map<haldane::v1::Compatibility::Profile, prometheus::Gauge*> hosts_;
  std::map<haldane::v1::RolloutState, prometheus::Gauge*> rollouts_;
  std::map<haldane::v1::RolloutState, prometheus::Counter*> verdicts_;
  std::map<haldane::v1::OverrideKind, prometheus::Counter*> overrides_;
  prometheus::Family<prometheus::Counter>& reports_;
  prometheus::Family<prometheus::Counter>& self_tests_;
  prometheus::Family<prometheus::Counter>& notifications_;
  std::set<std::string> self_tested_;  // services with a label of their own

 public:
  prometheus::Gauge& agents;     // open streams that have said hello
  prometheus::Gauge& processes;  // of the current epochs
  prometheus::Gauge& gate_waiters;
  prometheus::Gauge& rollouts_impeded;  // running but not judged, or unreadable
  prometheus::Counter& reports_accepted;
  prometheus::Counter& reports_repeated;
  prometheus::Counter& reports_rejected;
  prometheus::Counter& streams_replaced;
  prometheus::Counter& calls_denied;
  prometheus::Counter& store_failures;
  prometheus::Counter& notifications_delivered;
  prometheus::Counter& notifications_failed;    // attempts; each is tried again
  prometheus::Counter& notifications_given_up;  // after days
  prometheus::Gauge& notifications_waiting;
  prometheus::Counter& rollouts_pruned;
  prometheus::Histogram& tick_seconds;
  prometheus::Histogram& store_append_seconds;
};

}  // namespace haldane::controller
