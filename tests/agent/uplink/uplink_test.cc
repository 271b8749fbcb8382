#include "agent/uplink/uplink.h"

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "agent/agent.h"
#include "haldane/v1/telemetry.grpc.pb.h"
#include "tests/fakes/fake_process_counters.h"
#include "tests/fakes/fake_ruby_processes.h"

namespace haldane::agent {
namespace {

using haldane::v1::AgentMessage;
using haldane::v1::ControllerMessage;

constexpr absl::Duration kPatience = absl::Seconds(30);

// A controller that keeps what it hears, and answers as it is told to.
class TestController final : public haldane::v1::Telemetry::Service {
 public:
  enum class Manner { kAcknowledge, kNeverAcknowledge, kNeverRead };

  ~TestController() override { Stop(); }

  void Start(Manner manner, const grpc::Status& verdict = grpc::Status::OK) {
    {
      absl::MutexLock lock(&mutex_);
      manner_ = manner;
      verdict_ = verdict;
    }
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_), grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_->Wait();
    server_.reset();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  bool Await(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + kPatience;
    absl::MutexLock lock(&mutex_);
    while (!condition()) {
      if (changed_.WaitWithDeadline(&mutex_, deadline)) return condition();
    }
    return true;
  }
  // For conditions, which hold the lock; and once nothing is coming any more.
  const std::vector<AgentMessage>& heard() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return heard_; }
  int streams() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return streams_; }
  int reports() const {
    int count = 0;
    for (const AgentMessage& message : heard()) count += message.has_report();
    return count;
  }

  grpc::Status Stream(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<ControllerMessage, AgentMessage>* stream) override {
    Manner manner;
    {
      absl::MutexLock lock(&mutex_);
      ++streams_;
      changed_.SignalAll();
      manner = manner_;
      if (!verdict_.ok()) return verdict_;
    }
    while (manner == Manner::kNeverRead && !context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    AgentMessage message;
    while (stream->Read(&message)) {
      const uint64_t sequence = message.report().sequence();
      {
        absl::MutexLock lock(&mutex_);
        heard_.push_back(message);
        changed_.SignalAll();
      }
      ControllerMessage answer;
      if (message.has_hello()) {
        answer.mutable_directive()->add_watch_services("web");
      } else {
        answer.mutable_ack()->set_sequence(sequence);
      }
      if (message.has_hello() || manner == Manner::kAcknowledge) stream->Write(answer);
    }
    return grpc::Status::OK;
  }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  Manner manner_ ABSL_GUARDED_BY(mutex_) = Manner::kAcknowledge;
  grpc::Status verdict_ ABSL_GUARDED_BY(mutex_);
  std::vector<AgentMessage> heard_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A whole agent on a pretended host, but with a real stream.
class UplinkTest : public ::testing::Test {
 protected:
  void StartAgent(const std::string& address) {
    const BinaryKey ruby = processes_.AddBinary("ruby", haldane::v1::PROBE_SOURCE_USDT);
    processes_.Start(7, 1'000'000'000, ruby, "web");
    processes_.Start(8, 1'000'000'000, ruby, "web");
    UplinkOptions options;
    options.controller = address;
    options.hello.set_host("web-1");
    options.hello.set_epoch(77);
    auto uplink = MakeGrpcUplink(&loop_, options);
    ASSERT_TRUE(uplink.ok()) << uplink.status();
    uplink_ = *std::move(uplink);
    agent_ = std::make_unique<Agent>(Agent::Parts{&processes_, &counters_, uplink_.get(), &Clock::Real()},
                                     Agent::Identity{"boot", 77}, "");
    Tick();
    uplink_->Start(agent_.get());
  }
  ~UplinkTest() override {
    if (uplink_ != nullptr) uplink_->Stop();
    loop_.Stop();
  }

  void Tick() {
    loop_.Post([this] {
      agent_->Tick();
      loop_.PostAfter(absl::Milliseconds(20), [this] { Tick(); });
    });
  }
  void Serve(uint32_t pid, uint64_t requests) {
    loop_.Run([&] { counters_.totals[pid].http_requests = requests; });
  }
  using Condition = std::function<bool(const haldane::v1::ProcessSample&)>;
  bool AwaitSample(uint32_t pid, const Condition& condition) {
    return controller_.Await([&] {
      for (const AgentMessage& message : controller_.heard()) {
        for (const auto& sample : message.report().processes()) {
          if (sample.process().pid() == pid && condition(sample)) return true;
        }
      }
      return false;
    });
  }
  bool AwaitCounting() {
    return AwaitSample(8, [](const auto& sample) { return sample.counting(); });
  }
  bool AwaitRequests(uint32_t pid, uint64_t requests) {
    return AwaitSample(pid,
                       [&](const auto& sample) { return sample.counters().http_requests() == requests; });
  }
  // Stopped, and so nothing is on its way.
  void StopAgent() {
    loop_.Run([&] { agent_->Stop(); });
    uplink_->Stop();
  }

  ::haldane::testing::FakeRubyProcesses processes_;
  ::haldane::testing::FakeProcessCounters counters_;
  TestController controller_;
  TaskLoop loop_;
  std::unique_ptr<GrpcUplink> uplink_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(UplinkTest, SaysHelloThenReportsAndTakesDirectives) {
  controller_.Start(TestController::Manner::kAcknowledge);
  StartAgent(controller_.address());
  ASSERT_TRUE(AwaitCounting());
  EXPECT_TRUE(controller_.heard()[0].has_hello());
  EXPECT_EQ(controller_.heard()[0].hello().host(), "web-1");
  EXPECT_EQ(controller_.heard()[0].hello().epoch(), 77u);
  Serve(7, 5);
  EXPECT_TRUE(AwaitRequests(7, 5));
}

TEST_F(UplinkTest, TheLastTotalsArriveBeforeGoodbye) {
  controller_.Start(TestController::Manner::kAcknowledge);
  StartAgent(controller_.address());
  ASSERT_TRUE(AwaitCounting());
  Serve(7, 9);
  StopAgent();
  EXPECT_TRUE(AwaitRequests(7, 9));
}

TEST_F(UplinkTest, AfterARestartOfTheControllerItSaysEverythingAgain) {
  controller_.Start(TestController::Manner::kAcknowledge);
  StartAgent(controller_.address());
  ASSERT_TRUE(AwaitCounting());
  Serve(7, 5);
  ASSERT_TRUE(AwaitRequests(7, 5));
  controller_.Stop();
  const size_t before = controller_.heard().size();
  Serve(7, 6);
  controller_.Start(TestController::Manner::kAcknowledge);
  ASSERT_TRUE(AwaitRequests(7, 6));
  ASSERT_TRUE(controller_.Await([&] { return controller_.heard().size() >= before + 2; }));
  StopAgent();
  controller_.Stop();
  EXPECT_TRUE(controller_.heard()[before].has_hello());
  EXPECT_EQ(controller_.heard()[before + 1].report().processes_size(), 2);  // 8 did not change, but is told
}

TEST_F(UplinkTest, WhatWasNotAcknowledgedComesAgainAsTheNewTotals) {
  controller_.Start(TestController::Manner::kNeverAcknowledge);
  StartAgent(controller_.address());
  ASSERT_TRUE(AwaitCounting());
  Serve(7, 5);
  ASSERT_TRUE(AwaitRequests(7, 5));
  const int before = controller_.reports();
  ASSERT_TRUE(controller_.Await([&] { return controller_.reports() >= before + 2; }));
  Serve(7, 6);
  ASSERT_TRUE(AwaitRequests(7, 6));
  StopAgent();
  controller_.Stop();
  uint64_t sequence = 0;
  for (const AgentMessage& message : controller_.heard()) {
    if (!message.has_report()) continue;
    EXPECT_EQ(message.report().processes_size(), 2);
    EXPECT_EQ(message.report().sequence(), ++sequence);
  }
}

TEST_F(UplinkTest, KeepsTryingWhileThereIsNoController) {
  controller_.Start(TestController::Manner::kAcknowledge);
  controller_.Stop();
  StartAgent(controller_.address());
  controller_.Start(TestController::Manner::kAcknowledge);
  EXPECT_TRUE(AwaitCounting());
}

TEST_F(UplinkTest, KeepsTryingWhileTheControllerEndsItsStreams) {
  controller_.Start(TestController::Manner::kAcknowledge,
                    grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet"));
  StartAgent(controller_.address());
  EXPECT_TRUE(controller_.Await([&] { return controller_.streams() >= 3; }));
}

TEST_F(UplinkTest, ARefusedAgentDoesNotPressOn) {
  controller_.Start(TestController::Manner::kAcknowledge,
                    grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "the certificate is web-2's"));
  StartAgent(controller_.address());
  ASSERT_TRUE(controller_.Await([&] { return controller_.streams() >= 1; }));
  absl::SleepFor(absl::Seconds(1));  // that nothing happens cannot be awaited
  uplink_->Stop();
  controller_.Stop();
  EXPECT_EQ(controller_.streams(), 1);
}

TEST_F(UplinkTest, StopsThoughTheControllerHangs) {
  controller_.Start(TestController::Manner::kNeverRead);
  StartAgent(controller_.address());
  ASSERT_TRUE(controller_.Await([&] { return controller_.streams() == 1; }));
  StopAgent();
  uplink_->Stop();  // idempotent
}

TEST_F(UplinkTest, StopsWhileConnecting) {
  StartAgent("127.0.0.1:1");
  StopAgent();
}

TEST(MakeGrpcUplinkTest, RefusesToGoBeyondLoopbackInTheClear) {
  TaskLoop loop;
  UplinkOptions options;
  options.controller = "192.0.2.1:7460";
  EXPECT_TRUE(absl::IsFailedPrecondition(MakeGrpcUplink(&loop, options).status()));
}

}  // namespace
}  // namespace haldane::agent
