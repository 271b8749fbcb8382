// The real controller, killed and starved: what it has counted and decided is
// what its log says, and what its log says is what the hosts served.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "controller/rollout/rollout.h"
#include "controller/store/sqlite_event_store.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "haldane/v1/telemetry.grpc.pb.h"
#include "tests/fakes/fake_fleet.h"
#include "tests/support/program.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::testing {
namespace {

using ::haldane::controller::Rollout;
using ::haldane::controller::SqliteEventStore;
using ::testing::HasSubstr;

// The agent of one host of a fleet, over real gRPC.
class WireAgent {
 public:
  WireAgent(const std::shared_ptr<grpc::Channel>& channel, const FakeFleet& fleet, size_t index)
      : stub_(haldane::v1::Telemetry::NewStub(channel)), stream_(stub_->Stream(&context_)) {
    haldane::v1::AgentMessage message;
    haldane::v1::Hello& hello = *message.mutable_hello();
    const haldane::v1::HostReport report = fleet.ReportOf(index);
    hello.set_host(report.host());
    hello.set_agent_version("0.1.0");
    hello.set_epoch(report.epoch());
    hello.mutable_compatibility()->set_profile(haldane::v1::Compatibility::PROFILE_FULL);
    stream_->Write(message);
  }
  ~WireAgent() {
    context_.TryCancel();
    stream_->Finish();
  }
  // False when the stream has broken.
  bool Report(const FakeFleet& fleet, size_t index, uint64_t sequence) {
    haldane::v1::AgentMessage message;
    haldane::v1::Report& report = *message.mutable_report();
    const haldane::v1::HostReport now = fleet.ReportOf(index);
    report.set_sequence(sequence);
    report.set_epoch(now.epoch());
    *report.mutable_processes() = now.processes();
    return stream_->Write(message);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<haldane::v1::Telemetry::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<haldane::v1::AgentMessage, haldane::v1::ControllerMessage>>
      stream_;
};

// The controller's program, agents for a fleet, and what a pipeline calls.
class CrashTest : public ::testing::Test {
 protected:
  CrashTest() { fleet_.AddBothSides(3, {}, {}); }

  void Start() {
    agents_.clear();
    program_.reset();
    program_ = std::make_unique<Program>(std::vector<std::string>{
        HALDANE_CONTROLLER, "--listen", absl::StrCat("unix:", directory_.path(), "/socket"), "--database",
        Database()});
    program_->ReadUntil("version");
    channel_ = grpc::CreateChannel(absl::StrCat("unix:", directory_.path(), "/socket"),
                                   grpc::InsecureChannelCredentials());
  }
  void Kill() {
    agents_.clear();
    program_->Signal(SIGKILL);
    program_->Wait();
    program_.reset();
  }
  // One second of traffic, reported by agents that connect where need be.
  void Report() {
    fleet_.Serve();
    ++sequence_;
    for (size_t i = 0; i < fleet_.size(); ++i) {
      if (agents_.size() <= i) agents_.push_back(std::make_unique<WireAgent>(channel_, fleet_, i));
      agents_[i]->Report(fleet_, i, sequence_);
    }
  }
  std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context->set_wait_for_ready(true);
    return context;
  }
  void Create(haldane::v1::Plan plan) {
    haldane::v1::CreateRolloutRequest request;
    *request.mutable_plan() = std::move(plan);
    haldane::v1::Rollout rollout;
    const grpc::Status status =
        haldane::v1::Rollouts::NewStub(channel_)->Create(Context().get(), request, &rollout);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  haldane::v1::Rollout Get() {
    haldane::v1::GetRolloutRequest request;
    request.set_rollout("web-new");
    haldane::v1::Rollout rollout;
    const grpc::Status status =
        haldane::v1::Rollouts::NewStub(channel_)->Get(Context().get(), request, &rollout);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return rollout;
  }
  // What the log says by itself, read when no controller has it.
  std::unique_ptr<Rollout> Fold() {
    auto store = SqliteEventStore::Open(Database());
    EXPECT_THAT(store, IsOk());
    std::unique_ptr<Rollout> rollout;
    EXPECT_THAT((*store)->Load("web-new",
                               [&](absl::string_view payload) -> absl::Status {
                                 if (rollout != nullptr) return rollout->Apply(payload);
                                 rollout = *Rollout::Open(payload);
                                 return absl::OkStatus();
                               }),
                IsOk());
    return rollout;
  }
  static uint64_t Requests(const haldane::v1::Rollout& rollout) {
    uint64_t sum = 0;
    for (const auto& host : rollout.hosts()) sum += host.requests();
    return sum;
  }
  uint64_t Served() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < fleet_.size(); ++i) sum += fleet_.totals(i).http_requests();
    return sum;
  }
  std::string Database() const { return directory_.path() + subdirectory_ + "/haldane.db"; }

  TemporaryDirectory directory_;
  std::string subdirectory_;
  FakeFleet fleet_{7};
  std::unique_ptr<Program> program_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<std::unique_ptr<WireAgent>> agents_;
  uint64_t sequence_ = 0;
};

TEST_F(CrashTest, AControllerKilledAtRandomInstantsResumesWithIdenticalEvidence) {
  Start();
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_max()->set_seconds(600);
  plan.mutable_observe()->mutable_min()->set_seconds(300);
  Create(plan);
  Report();
  for (int i = 0; i < 60 && Get().hosts().empty(); ++i) absl::SleepFor(absl::Milliseconds(100));
  // Counting starts from the first totals.
  ASSERT_EQ(Get().hosts_size(), 6);
  const uint64_t before = Served();
  std::mt19937 random(std::random_device{}());
  for (int kill = 0; kill < 8; ++kill) {
    // Between and during the controller's seconds alike.
    for (int part = 0; part < 4; ++part) {
      absl::SleepFor(absl::Milliseconds(static_cast<int>(random() % 250)));
      Report();
    }
    absl::SleepFor(absl::Milliseconds(static_cast<int>(random() % 250)));
    Kill();
    const std::unique_ptr<Rollout> folded = Fold();
    ASSERT_NE(folded, nullptr);
    Start();
    // Before any agent is back: exactly what the log says, but for how long ago
    // hosts were heard and what the seconds since then have added.
    const haldane::v1::Rollout resumed = Get();
    EXPECT_EQ(Requests(resumed), Requests(folded->View(folded->last_event_at())));
    EXPECT_GE(resumed.verdict().as_of().seconds(), folded->Judge().as_of().seconds());
  }
  Report();
  for (int i = 0; i < 100 && Requests(Get()) != Served() - before; ++i)
    absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(Requests(Get()), Served() - before) << "no request is lost, none counted twice";
}

TEST_F(CrashTest, AFullDiskNeverMakesAProceedAndGoesOnWhenThereIsSpace) {
  subdirectory_ = "/disk";
  const std::string disk = directory_.path() + subdirectory_;
  mkdir(disk.c_str(), 0700);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "SKIPPED: mounting a small disk needs root";
  }
  Start();
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_min()->set_seconds(2);
  plan.mutable_observe()->mutable_warmup()->set_seconds(1);
  Create(plan);
  Report();
  {
    // Somebody fills the disk to its last byte.
    std::ofstream filler(disk + "/filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  haldane::v1::Rollout seen;
  for (int i = 0; i < 200 && seen.impediment().empty(); ++i) {
    Report();
    absl::SleepFor(absl::Milliseconds(100));
    seen = Get();
  }
  EXPECT_THAT(seen.impediment(), HasSubstr("the disk is full"));
  for (int i = 0; i < 10; ++i) {
    Report();
    absl::SleepFor(absl::Milliseconds(100));
    EXPECT_FALSE(haldane::controller::IsTerminal(Get().verdict().state()));
  }
  // A person's decision is refused rather than forgotten.
  haldane::v1::AbortRolloutRequest abort;
  abort.set_rollout("web-new");
  abort.set_reason("nobody would remember");
  haldane::v1::Rollout aborted;
  EXPECT_EQ(haldane::v1::Rollouts::NewStub(channel_)->Abort(Context().get(), abort, &aborted).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);

  unlink((disk + "/filler").c_str());
  for (int i = 0; i < 100 && (!Get().impediment().empty() || Requests(Get()) == 0); ++i) {
    Report();
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_EQ(Get().impediment(), "");
  EXPECT_GT(Requests(Get()), 0u) << "it goes on by itself";
  Kill();
  EXPECT_NE(Fold(), nullptr);
  umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace haldane::testing
