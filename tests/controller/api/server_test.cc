// What clients see of the controller over a real connection.
#include "controller/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/overrides.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "haldane/v1/telemetry.grpc.pb.h"
#include "tests/controller/agent_messages.h"
#include "tests/controller/fake_agent.h"
#include "tests/controller/server_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::Context;
using haldane::testing::FakeAgent;
using haldane::testing::Hello;
using haldane::testing::IsOk;
using haldane::testing::Message;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::ServedController;
using haldane::testing::StatusIs;
using haldane::testing::TestPlan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServerTest : public ::testing::Test {
 protected:
  // One agent's stream.
  struct Agent {
    explicit Agent(const std::shared_ptr<grpc::Channel>& channel)
        : stub(haldane::v1::Telemetry::NewStub(channel)), stream(stub->Stream(context.get())) {}
    void Say(const haldane::v1::AgentMessage& message) { stream->Write(message); }
    // What the controller says next; empty when the stream has ended.
    haldane::v1::ControllerMessage Hear() {
      haldane::v1::ControllerMessage message;
      if (!stream->Read(&message)) message.Clear();
      return message;
    }
    grpc::Status End() {
      for (haldane::v1::ControllerMessage message; stream->Read(&message);) {
      }
      return stream->Finish();
    }
    std::unique_ptr<grpc::ClientContext> context = Context();
    std::unique_ptr<haldane::v1::Telemetry::Stub> stub;
    std::unique_ptr<grpc::ClientReaderWriter<haldane::v1::AgentMessage, haldane::v1::ControllerMessage>>
        stream;
  };
  // One pipeline's wait.
  struct Wait {
    Wait(const std::shared_ptr<grpc::Channel>& channel, const std::string& rollout)
        : stub(haldane::v1::Gate::NewStub(channel)) {
      haldane::v1::WaitRequest request;
      request.set_rollout(rollout);
      stream = stub->Wait(context.get(), request);
    }
    std::unique_ptr<grpc::ClientContext> context = Context();
    std::unique_ptr<haldane::v1::Gate::Stub> stub;
    std::unique_ptr<grpc::ClientReader<haldane::v1::WaitResponse>> stream;
  };

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(served_.address(), grpc::InsecureChannelCredentials());
  }
  grpc::Status Create(const haldane::v1::Plan& plan, haldane::v1::Rollout* rollout) {
    haldane::v1::CreateRolloutRequest request;
    *request.mutable_plan() = plan;
    return rollouts_->Create(Context().get(), request, rollout);
  }
  grpc::Status Abort(const std::string& name, const std::string& reason, haldane::v1::Rollout* rollout) {
    haldane::v1::AbortRolloutRequest request;
    request.set_rollout(name);
    request.set_reason(reason);
    return rollouts_->Abort(Context().get(), request, rollout);
  }

  ServedController served_;
  std::shared_ptr<grpc::Channel> channel_ = Channel();
  std::unique_ptr<haldane::v1::Rollouts::Stub> rollouts_ = haldane::v1::Rollouts::NewStub(channel_);
  haldane::v1::Rollout rollout_;
};

TEST_F(ServerTest, AnAgentIsHeardAcknowledgedAndDirected) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  Agent agent(channel_);
  agent.Say(Hello("a"));
  agent.Say(Message(Report(1, Process(1, 10))));
  EXPECT_EQ(agent.Hear().ack().sequence(), 1u);
  EXPECT_THAT(agent.Hear().directive().watch_services(), ElementsAre("web"));
  agent.Say(Message(Report(2, Process(1, 11))));
  EXPECT_EQ(agent.Hear().ack().sequence(), 2u);
  agent.stream->WritesDone();
  EXPECT_TRUE(agent.End().ok()) << "an agent may leave in peace";
}

TEST_F(ServerTest, AnOverrideReachesAWaitingGateWithoutATick) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  haldane::v1::WaitRequest wait;
  wait.set_rollout(rollout_.name());
  const auto context = Context();
  const auto gate = haldane::v1::Gate::NewStub(channel_);
  const auto stream = gate->Wait(context.get(), wait);
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(stream->Read(&view));
  haldane::v1::ApplyOverrideRequest request;
  request.set_rollout(rollout_.name());
  request.set_kind(haldane::v1::OVERRIDE_KIND_PROCEED);
  request.set_reason("known");
  haldane::v1::OverrideResponse response;
  ASSERT_TRUE(haldane::v1::Overrides::NewStub(Channel())->Apply(Context().get(), request, &response).ok());
  ASSERT_TRUE(stream->Read(&view));
  EXPECT_EQ(view.rollout().verdict().state(), haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
  EXPECT_EQ(view.rollout().overrides(0).author().name(), "anonymous");
  EXPECT_FALSE(stream->Read(&view));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, AMisbehavingAgentIsToldWhy) {
  Agent agent(channel_);
  agent.Say(Hello("a"));
  agent.Say(Message(Report(1)));
  agent.Say(Message(Report(5)));
  const grpc::Status status = agent.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("sequence is 5, but 2 must follow"));
}

TEST_F(ServerTest, ANewStreamOfAHostReplacesTheOldOne) {
  Agent old_stream(channel_);
  old_stream.Say(Hello("a"));
  old_stream.Say(Message(Report(1)));
  EXPECT_EQ(old_stream.Hear().ack().sequence(), 1u);
  Agent new_stream(Channel());
  new_stream.Say(Hello("a"));
  EXPECT_EQ(old_stream.End().error_code(), grpc::StatusCode::ABORTED);
  new_stream.Say(Message(Report(2)));
  EXPECT_EQ(new_stream.Hear().ack().sequence(), 2u);
}

TEST_F(ServerTest, AnAgentThatVanishesIsForgottenButNotItsCounts) {
  {
    Agent agent(channel_);
    agent.Say(Hello("a"));
    agent.Say(Message(Report(1, Process(1, 10))));
    EXPECT_EQ(agent.Hear().ack().sequence(), 1u);
    agent.context->TryCancel();
    EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::CANCELLED);
  }
  Agent again(channel_);
  again.Say(Hello("a"));
  again.Say(Message(Report(2, Process(1, 9))));
  EXPECT_THAT(again.End().error_message(), HasSubstr("fell from 10 to 9"));
}

TEST_F(ServerTest, BytesThatAreNoMessageEndTheStreamAndNothingElse) {
  Agent neighbour(channel_);
  neighbour.Say(Hello("b"));
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  const auto context = Context();
  const auto stream = stub.PrepareCall(context.get(), "/haldane.v1.Telemetry/Stream", &queue);
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  stream->StartCall(nullptr);
  ASSERT_TRUE(done());
  const grpc::Slice garbage(std::string(1000, '\xff'));
  stream->Write(grpc::ByteBuffer(&garbage, 1), nullptr);
  ASSERT_TRUE(done());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  ASSERT_TRUE(done());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("cannot be decoded"));
  neighbour.Say(Message(Report(1)));
  EXPECT_EQ(neighbour.Hear().ack().sequence(), 1u);
}

// Messages are decoded in memory that is used again: nothing of one may show in the next.
TEST_F(ServerTest, MessagesOfManyAgentsAreKeptApart) {
  constexpr int kAgents = 8, kReports = 20;
  std::vector<std::unique_ptr<Agent>> agents;
  for (int i = 0; i < kAgents; ++i) {
    agents.push_back(std::make_unique<Agent>(channel_));
    agents.back()->Say(Hello(absl::StrCat("host-", i)));
  }
  for (uint64_t sequence = 1; sequence <= kReports; ++sequence) {
    for (uint32_t i = 0; i < kAgents; ++i) {
      // Some too long for the memory that is kept.
      haldane::v1::Report report = Report(sequence);
      const uint32_t processes = sequence % 5 == 0 ? 500 : i + 1;
      for (uint32_t pid = 1; pid <= processes; ++pid)
        *report.add_processes() = Process(pid, sequence * 100 + i);
      agents[i]->Say(Message(std::move(report)));
    }
  }
  for (const auto& agent : agents) {
    uint64_t acknowledged = 0;
    while (acknowledged < kReports) {
      const haldane::v1::ControllerMessage heard = agent->Hear();
      ASSERT_NE(heard.kind_case(), haldane::v1::ControllerMessage::KIND_NOT_SET);
      if (!heard.has_ack()) continue;
      EXPECT_GT(heard.ack().sequence(), acknowledged);
      acknowledged = heard.ack().sequence();
    }
  }
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  served_.Tick();
  v1::ListHostsResponse hosts;
  served_.Run([&] { hosts = served_.controller.ListHosts(""); });
  ASSERT_EQ(hosts.hosts_size(), kAgents);
  for (const v1::FleetHost& host : hosts.hosts()) {
    EXPECT_EQ(host.processes(), 500u);
    EXPECT_THAT(host.services(), ElementsAre("web"));
  }
}

TEST_F(ServerTest, ManyStreamsThatOpenAtOnceAreAllServed) {
  std::vector<std::unique_ptr<Agent>> agents;
  for (int i = 0; i < 150; ++i) agents.push_back(std::make_unique<Agent>(channel_));
  for (size_t i = 0; i < agents.size(); ++i) {
    agents[i]->Say(Hello(absl::StrCat("host-", i)));
    agents[i]->Say(Message(Report(1)));
  }
  for (const auto& agent : agents) EXPECT_EQ(agent->Hear().ack().sequence(), 1u);
}

TEST_F(ServerTest, AMessageBeyondFourMebibytesEndsTheStreamAndNothingElse) {
  Agent agent(channel_), neighbour(channel_);
  neighbour.Say(Hello("b"));
  agent.Say(Hello(std::string(5 << 20, 'a')));
  EXPECT_EQ(agent.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  neighbour.Say(Message(Report(1)));
  EXPECT_EQ(neighbour.Hear().ack().sequence(), 1u);
}

TEST_F(ServerTest, RolloutsAreCreatedReadListedAndEnded) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  EXPECT_EQ(rollout_.name(), "web-new");
  haldane::v1::GetRolloutRequest get;
  get.set_rollout("web-new");
  EXPECT_TRUE(rollouts_->Get(Context().get(), get, &rollout_).ok());
  EXPECT_EQ(rollout_.verdict().state(), haldane::v1::ROLLOUT_STATE_PENDING);
  haldane::v1::ListRolloutsResponse list;
  EXPECT_TRUE(rollouts_->List(Context().get(), haldane::v1::ListRolloutsRequest(), &list).ok());
  EXPECT_EQ(list.rollouts_size(), 1);
  EXPECT_TRUE(Abort("web-new", "enough", &rollout_).ok());
  EXPECT_EQ(rollout_.verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
}

TEST_F(ServerTest, FailuresKeepTheirCodeAndSayWhichField) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_budget()->set_missed(7);
  grpc::Status status = Create(plan, &rollout_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("budget.missed"));
  EXPECT_EQ(Abort("nothing", "x", &rollout_).error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  plan.mutable_budget()->set_missed(0.2);
  EXPECT_EQ(Create(plan, &rollout_).error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(ServerTest, AWaitSeesTheRolloutAtOnceEachSecondAndToItsEnd) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  Wait wait(channel_, "web-new");
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(wait.stream->Read(&view));
  EXPECT_FALSE(view.rollout().verdict().has_as_of());
  served_.Tick();
  ASSERT_TRUE(wait.stream->Read(&view));
  EXPECT_TRUE(view.rollout().verdict().has_as_of());
  ASSERT_TRUE(Abort("web-new", "enough", &rollout_).ok());
  ASSERT_TRUE(wait.stream->Read(&view));
  EXPECT_EQ(view.rollout().verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
  EXPECT_FALSE(wait.stream->Read(&view));
  EXPECT_TRUE(wait.stream->Finish().ok());
}

TEST_F(ServerTest, AWaitForAnEndedRolloutEndsAtOnce) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  ASSERT_TRUE(Abort("web-new", "enough", &rollout_).ok());
  Wait wait(channel_, "web-new");
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(wait.stream->Read(&view));
  EXPECT_EQ(view.rollout().verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
  EXPECT_FALSE(wait.stream->Read(&view));
  EXPECT_TRUE(wait.stream->Finish().ok());
}

TEST_F(ServerTest, AWaitForNothingIsNotFound) {
  Wait wait(channel_, "nothing");
  EXPECT_EQ(wait.stream->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, AWaiterThatLeavesIsForgotten) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  Wait wait(channel_, "web-new");
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(wait.stream->Read(&view));
  served_.Tick();
  EXPECT_EQ(served_.metrics.gate_waiters.Value(), 1);
  wait.context->TryCancel();
  wait.stream->Finish();
  for (int i = 0; i < 2000 && served_.metrics.gate_waiters.Value() != 0; ++i) {
    served_.Tick();
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(served_.metrics.gate_waiters.Value(), 0);
}

TEST_F(ServerTest, ASlowWaiterGetsTheNewestViewNotABacklog) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  Wait wait(channel_, "web-new");
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(wait.stream->Read(&view));
  for (int i = 0; i < 100; ++i) served_.Tick();
  ASSERT_TRUE(Abort("web-new", "enough", &rollout_).ok());
  haldane::v1::WaitResponse last;
  while (wait.stream->Read(&view)) last = view;
  EXPECT_TRUE(wait.stream->Finish().ok());
  EXPECT_EQ(last.rollout().verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED)
      << "the end is never skipped";
}

TEST_F(ServerTest, StopEndsOpenStreamsAndWaits) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  Agent talking(channel_), silent(channel_);
  talking.Say(Hello("a"));
  talking.Say(Message(Report(1)));
  EXPECT_EQ(talking.Hear().ack().sequence(), 1u);
  Wait wait(channel_, "web-new"), unread(channel_, "web-new");
  haldane::v1::WaitResponse view;
  ASSERT_TRUE(wait.stream->Read(&view));
  served_.server->Stop();
  served_.server->Stop();
  EXPECT_EQ(talking.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(silent.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  while (wait.stream->Read(&view)) {
  }
  const grpc::Status status = wait.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("stopping"));
}

TEST_F(ServerTest, StopDoesNotWaitForAClientThatDoesNotRead) {
  ASSERT_TRUE(Create(TestPlan(), &rollout_).ok());
  // A view too large for the windows of the connection, so its write hangs.
  for (int host = 0; host < 3000; ++host) {
    served_.Run([&] {
      FakeAgent agent(served_.controller.agents());
      agent.Say(Hello(absl::StrCat("host-", std::string(200, 'x'), host)));
      agent.Say(Report(1, Process(1, 10)));
      agent.Leave();
    });
  }
  served_.Tick();
  Wait wait(channel_, "web-new");
  for (int i = 0; i < 3; ++i) served_.Tick();
  served_.server->Stop();
}

TEST(ServerStartTest, RefusesAPortInUse) {
  ServedController first;
  ServedController other;
  EXPECT_THAT(Server::Start(first.address(), {}, &other.loop, &other.controller, &other.metrics),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(first.address())));
}

TEST(ServerStartTest, RefusesToServeOthersThanLoopbackInTheClear) {
  ServedController other;
  EXPECT_THAT(Server::Start("0.0.0.0:0", {}, &other.loop, &other.controller, &other.metrics),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--tls_cert")));
}

}  // namespace
}  // namespace haldane::controller
