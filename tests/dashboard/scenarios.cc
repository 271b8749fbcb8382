#include "tests/dashboard/scenarios.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "controller/history/sqlite_profile_store.h"
#include "controller/metrics/metrics.h"
#include "controller/store/sqlite_event_store.h"
#include "plan/plan_yaml.h"
#include "tests/fakes/simulated_clock.h"

namespace haldane::testing {
namespace {

using controller::Controller;
using haldane::v1::ApplyOverrideRequest;

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "dashboard-feed: " << status << "\n";
  std::abort();
}

void Open(Controller& controller, const std::string& yaml) {
  auto plan = plan::ParsePlan(yaml, "plan");
  Require(plan.status());
  Require(controller.Create(*plan).status());
}

void Override(Controller& controller, const std::string& rollout, haldane::v1::OverrideKind kind,
              const std::string& reason, const std::string& signal = "") {
  ApplyOverrideRequest request;
  request.set_rollout(rollout);
  request.set_kind(kind);
  request.set_reason(reason);
  request.set_signal(signal);
  haldane::v1::Principal author;
  author.set_name("mara.lindqvist");
  author.set_role("oncall");
  author.set_credential("jwt");
  Require(controller.Override(request, author).status());
}

std::string Plan(const std::string& rollout, const std::string& service, const std::string& rest) {
  return absl::StrCat("rollout: ", rollout, "\nservice: ", service,
                      "\ncanary: {revision: new}\nbaseline: {revision: old}\n", rest);
}

FakeFleet::Host Usual() {
  FakeFleet::Host host;
  host.latency_us = 42'000;
  host.requests_per_second = 60;
  return host;
}

PretendedService& Add(Scenario* scenario, const std::string& name, int per_side,
                      const FakeFleet::Host& canary, const FakeFleet::Host& baseline = Usual()) {
  const uint64_t seed = scenario->services.size() + 7;
  scenario->services.push_back(std::make_unique<PretendedService>(name, seed, per_side, canary, baseline));
  return *scenario->services.back();
}

constexpr char kPatient[] = "observe: {min: 20m, max: 60m, warmup: 10s}\nmin_hosts: 2\n";
constexpr char kStages[] = "stages:\n  - {name: canary, hosts: 1}\n  - {name: half, share: 0.5}\n";
constexpr char kQuick[] = "observe: {min: 1m, max: 30m, warmup: 10s}\nmin_hosts: 2\n";

std::unique_ptr<Scenario> Single() {
  auto scenario = std::make_unique<Scenario>();
  scenario->seconds = 40;
  Add(scenario.get(), "web", 3, Usual());
  scenario->script = [](int second, Controller& controller) {
    if (second == 3) Open(controller, Plan("web-42", "web", kPatient));
  };
  return scenario;
}

// Something of everything, six minutes long.
std::unique_ptr<Scenario> Showcase() {
  auto scenario = std::make_unique<Scenario>();
  scenario->seconds = 360;
  FakeFleet::Host host = Usual();
  Add(scenario.get(), "checkout", 3, host);
  host.new_class = "Inventory::StaleCacheError";
  host.new_class_every = 30;
  Add(scenario.get(), "catalog", 3, host);
  host = Usual();
  Add(scenario.get(), "search", 3, host);
  host.latency_us = 68'000;
  Add(scenario.get(), "payments", 3, host);
  host = Usual();
  PretendedService& accounts = Add(scenario.get(), "accounts", 3, host);
  host.requests_per_second = 2;
  Add(scenario.get(), "mailer", 2, host, host);
  host = Usual();
  host.errors_per_request = 0.009;
  Add(scenario.get(), "media", 2, host);
  scenario->script = [&accounts](int second, Controller& controller) {
    const auto is = [second](int when) { return second == when; };
    if (is(5)) Open(controller, Plan("search-2026-11-20.2", "search", kQuick));
    if (is(20)) Open(controller, Plan("catalog-2026-11-21.1", "catalog", kQuick));
    if (is(30))
      Open(controller, Plan("mailer-2026-11-21.1", "mailer", "observe: {min: 1m, max: 4m, warmup: 10s}\n"));
    if (is(40)) Open(controller, Plan("checkout-2026-11-21.4", "checkout", kPatient));
    if (is(60)) Open(controller, Plan("payments-2026-11-21.3", "payments", kQuick));
    if (is(80)) Open(controller, Plan("media-2026-11-21.2", "media", kQuick));
    if (is(200)) Open(controller, Plan("accounts-2026-11-21.7", "accounts", absl::StrCat(kPatient, kStages)));
    if (is(300)) {
      Override(controller, "media-2026-11-21.2", haldane::v1::OVERRIDE_KIND_PROCEED,
               "5xx are the known thumbnail timeouts, INC-2291; fix follows in .3");
    }
    if (is(310)) {
      Override(controller, "checkout-2026-11-21.4", haldane::v1::OVERRIDE_KIND_MUTE,
               "latency is off while the cache tier is resized", "http.latency");
    }
    if (is(330)) accounts.fleet().host(2).silent = true;
    if (is(350)) Open(controller, Plan("inventory-2026-11-21.1", "inventory", kPatient));
  };
  return scenario;
}

}  // namespace

std::unique_ptr<Scenario> MakeScenario(const std::string& name) {
  if (name == "single") return Single();
  if (name == "showcase") return Showcase();
  return nullptr;
}

void Seed(Scenario* scenario, const std::string& database) {
  auto store = controller::SqliteEventStore::Open(database);
  Require(store.status());
  auto profiles = controller::SqliteProfileStore::Open(database);
  Require(profiles.status());
  SimulatedClock clock(absl::Now() - absl::Seconds(scenario->seconds + 2));
  controller::Metrics metrics;
  Controller controller(clock, **store, metrics, profiles->get());
  Require(controller.Load());
  for (int second = 1; second <= scenario->seconds; ++second) {
    clock.Advance(absl::Seconds(1));
    scenario->script(second, controller);
    for (const auto& service : scenario->services) {
      service->fleet().Serve();
      service->ReportTo(&controller);
    }
    controller.Tick();
  }
  for (const auto& service : scenario->services) service->Leave(&controller);
}

}  // namespace haldane::testing
