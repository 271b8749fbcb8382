#include "tests/controller/controller_fixture.h"

#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {

haldane::v1::Plan ShortPlan() {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_max()->set_seconds(20);
  return plan;
}

haldane::v1::Plan PlanNamed(const std::string& name, const std::string& service) {
  haldane::v1::Plan plan = ShortPlan();
  plan.set_rollout(name);
  plan.set_service(service);
  return plan;
}

void ControllerFixture::Restart() {
  agents_.clear();
  controller_ = std::make_unique<controller::Controller>(clock_, store_, metrics_);
  ASSERT_THAT(controller_->Load(), IsOk());
  for (const char* host : {"baseline", "canary"}) {
    agents_.push_back(std::make_unique<FakeAgent>(controller_->agents()));
    agents_.back()->Say(Hello(host));
  }
}

void ControllerFixture::Second(uint64_t requests, uint64_t errors) {
  clock_.Advance(absl::Seconds(1));
  requests_ += requests;
  errors_ += errors;
  ++sequence_;
  agents_[0]->Say(Report(sequence_, Process(1, requests_, "old")));
  haldane::v1::ProcessSample canary = Process(2, requests_, "new");
  canary.mutable_counters()->set_http_5xx(errors_);
  agents_[1]->Say(Report(sequence_, canary));
  controller_->Tick();
}

std::vector<haldane::v1::RolloutEvent> ControllerFixture::Log(const std::string& name) {
  std::vector<haldane::v1::RolloutEvent> events;
  EXPECT_THAT(store_.Load(name,
                          [&](absl::string_view payload) {
                            events.emplace_back();
                            return events.back().ParseFromArray(payload.data(),
                                                                static_cast<int>(payload.size()))
                                       ? absl::OkStatus()
                                       : absl::InternalError("does not parse");
                          }),
              IsOk());
  return events;
}

}  // namespace haldane::testing
