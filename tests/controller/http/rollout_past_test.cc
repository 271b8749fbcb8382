#include <gtest/gtest.h>

#include <string>

#include "tests/controller/agent_messages.h"
#include "tests/controller/fake_agent.h"
#include "tests/controller/http/gateway_fixture.h"
#include "tests/fakes/fake_fleet.h"

namespace haldane::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RolloutPastTest : public GatewayFixture {
 protected:
  void TearDown() override {
    loop_.Run([this] {
      for (auto& agent : agents_) agent->Leave();
    });
  }
  // Two hosts a side serve for so long.
  void Serve(int seconds) {
    for (int second = 1; second <= seconds; ++second) {
      fleet_.Serve();
      for (size_t i = 0; i < fleet_.size(); ++i) {
        const haldane::v1::HostReport now = fleet_.ReportOf(i);
        if (agents_.size() <= i) {
          loop_.Run([&] {
            agents_.push_back(std::make_unique<FakeAgent>(controller_.agents()));
            agents_[i]->Say(Hello(now.host(), now.epoch()));
          });
        }
        haldane::v1::Report report;
        report.set_sequence(static_cast<uint64_t>(second));
        report.set_epoch(now.epoch());
        *report.mutable_processes() = now.processes();
        loop_.Run([&] { agents_[i]->Say(std::move(report)); });
      }
      Tick();
    }
  }

  FakeFleet fleet_{5};
  std::vector<std::unique_ptr<FakeAgent>> agents_;
};

TEST_F(RolloutPastTest, TellsJudgementsEventsProcessesAndLatencies) {
  FakeFleet::Host host;
  host.latency_us = 20'000;
  host.exception_class = "</script>";
  fleet_.AddBothSides(2, host, host);
  Open();
  Serve(12);
  const HttpReply reply = Get("/v1/rollouts/web-new/past");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr("\"complete\":true"));
  EXPECT_THAT(reply.body, HasSubstr("ROLLOUT_STATE_OBSERVING"));
  EXPECT_THAT(reply.body, HasSubstr("\"signal\":\"http.5xx\""));
  EXPECT_THAT(reply.body, HasSubstr("\"created\":"));
  EXPECT_THAT(reply.body, HasSubstr("\"host\":\"canary-1\",\"cohort\":\"canary\",\"pid\":100"));
  EXPECT_THAT(reply.body, HasSubstr("\"from_us\":"));
  EXPECT_THAT(reply.body, Not(HasSubstr("inf"))) << "JSON has no infinity";
  EXPECT_THAT(reply.body, Not(HasSubstr("nan")));
}

TEST_F(RolloutPastTest, IsForThoseWhoMaySeeTheRollout) {
  Open();
  Tick();
  EXPECT_EQ(Get("/v1/rollouts/web-new/past", With(Secret("viewer", "web"))).status, 200);
  EXPECT_NE(Get("/v1/rollouts/web-new/past", With(Secret("viewer", "shop"))).status, 200);
  EXPECT_EQ(Get("/v1/rollouts/web-new/past", With("wrong")).status, 401);
  EXPECT_EQ(Get("/v1/rollouts/other/past").status, 404);
}

}  // namespace
}  // namespace haldane::testing
