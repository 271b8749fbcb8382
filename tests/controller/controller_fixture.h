#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "controller/metrics/metrics.h"
#include "controller/store/memory_event_store.h"
#include "haldane/v1/event.pb.h"
#include "tests/controller/fake_agent.h"
#include "tests/fakes/simulated_clock.h"

namespace haldane::testing {

// Ends undecided after 20 s, whatever the evidence: which verdict is reached is
// the judge's affair, what becomes of it is the controller's.
haldane::v1::Plan ShortPlan();

haldane::v1::Plan PlanNamed(const std::string& name, const std::string& service = "web");

// Remembers all that it is shown.
struct RecordingWatcher final : controller::RolloutWatcher {
  void OnRollout(const haldane::v1::Rollout& rollout, bool is_last) override {
    views.push_back(rollout);
    last = is_last;
  }
  void OnFailure(const absl::Status& status) override { failure = status; }
  std::vector<haldane::v1::Rollout> views;
  bool last = false;
  absl::Status failure;
};

// A controller with a store in memory and two agents, pumped by hand.
class ControllerFixture : public ::testing::Test {
 protected:
  ControllerFixture() { Restart(); }

  // As after a kill: nothing but the store is left.
  void Restart();
  // One second in which both hosts serve `requests`, the canary with `errors`.
  void Second(uint64_t requests = 100, uint64_t errors = 0);
  haldane::v1::Rollout Get(const std::string& name = "web-new") { return controller_->Get(name).value(); }
  std::vector<haldane::v1::RolloutEvent> Log(const std::string& name = "web-new");

  SimulatedClock clock_;
  controller::MemoryEventStore store_;
  controller::Metrics metrics_;
  std::unique_ptr<controller::Controller> controller_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
  uint64_t sequence_ = 0, requests_ = 0, errors_ = 0;
};

}  // namespace haldane::testing
