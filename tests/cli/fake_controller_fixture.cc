#include "tests/cli/fake_controller_fixture.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"

namespace haldane::cli {

class FakeController::RolloutsService final : public haldane::v1::Rollouts::Service {
 public:
  explicit RolloutsService(FakeController* controller) : controller_(controller) {}

  grpc::Status Create(grpc::ServerContext*, const haldane::v1::CreateRolloutRequest* request,
                      haldane::v1::Rollout* response) override {
    const grpc::Status status =
        controller_->Answer(absl::StrCat("create ", request->plan().rollout()), response);
    absl::MutexLock lock(&controller_->mutex_);
    controller_->plan_ = request->plan();
    return status;
  }
  grpc::Status Get(grpc::ServerContext*, const haldane::v1::GetRolloutRequest* request,
                   haldane::v1::Rollout* response) override {
    return controller_->Answer(absl::StrCat("get ", request->rollout()), response);
  }
  grpc::Status List(grpc::ServerContext*, const haldane::v1::ListRolloutsRequest* request,
                    haldane::v1::ListRolloutsResponse* response) override {
    haldane::v1::Rollout rollout;
    const std::string call = absl::StrCat("list ", request->service(), " ", request->limit());
    const grpc::Status status = controller_->Answer(call, &rollout);
    if (!rollout.name().empty()) *response->add_rollouts() = rollout;
    return status;
  }
  grpc::Status Abort(grpc::ServerContext*, const haldane::v1::AbortRolloutRequest* request,
                     haldane::v1::Rollout* response) override {
    return controller_->Answer(absl::StrCat("abort ", request->rollout(), ": ", request->reason()), response);
  }

 private:
  FakeController* const controller_;
};

class FakeController::GateService final : public haldane::v1::Gate::Service {
 public:
  explicit GateService(FakeController* controller) : controller_(controller) {}

  grpc::Status Wait(grpc::ServerContext* context, const haldane::v1::WaitRequest* request,
                    grpc::ServerWriter<haldane::v1::WaitResponse>* writer) override {
    const Stream stream = Next(absl::StrCat("wait ", request->rollout()));
    for (const haldane::v1::Rollout& view : stream.views) {
      haldane::v1::WaitResponse response;
      *response.mutable_rollout() = view;
      writer->Write(response);
    }
    if (!stream.hangs) return stream.status;
    absl::MutexLock lock(&controller_->mutex_);
    ++controller_->hanging_;
    controller_->changed_.SignalAll();
    // Cancellation has no condition to await.
    while (!context->IsCancelled() && !controller_->stopping_) {
      controller_->changed_.WaitWithTimeout(&controller_->mutex_, absl::Milliseconds(20));
    }
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the controller is stopping");
  }

 private:
  Stream Next(const std::string& call) {
    absl::MutexLock lock(&controller_->mutex_);
    controller_->calls_.push_back(call);
    if (controller_->streams_.empty()) return {.hangs = true};
    Stream stream = controller_->streams_.front();
    if (controller_->streams_.size() > 1) controller_->streams_.pop_front();
    return stream;
  }

  FakeController* const controller_;
};

FakeController::FakeController()
    : rollouts_(std::make_unique<RolloutsService>(this)), gate_(std::make_unique<GateService>(this)) {
  Start();
}

FakeController::~FakeController() { Stop(); }

std::string FakeController::address() const { return absl::StrCat("127.0.0.1:", port_); }

void FakeController::AddStream(Stream stream) {
  absl::MutexLock lock(&mutex_);
  streams_.push_back(std::move(stream));
}

void FakeController::FailCalls(grpc::Status status) {
  absl::MutexLock lock(&mutex_);
  failure_ = std::move(status);
}

void FakeController::AnswerCalls(haldane::v1::Rollout rollout) {
  absl::MutexLock lock(&mutex_);
  rollout_ = std::move(rollout);
}

void FakeController::Start() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = false;
  }
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(rollouts_.get());
  builder.RegisterService(gate_.get());
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr) << "cannot listen at " << address();
}

void FakeController::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

void FakeController::AwaitHanging(int count) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  absl::MutexLock lock(&mutex_);
  while (hanging_ < count) {
    if (changed_.WaitWithDeadline(&mutex_, deadline)) break;
  }
  EXPECT_GE(hanging_, count) << "no stream hangs";
}

std::vector<std::string> FakeController::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

haldane::v1::Plan FakeController::plan() const {
  absl::MutexLock lock(&mutex_);
  return plan_;
}

grpc::Status FakeController::Answer(const std::string& call, haldane::v1::Rollout* rollout) {
  absl::MutexLock lock(&mutex_);
  calls_.push_back(call);
  *rollout = rollout_;
  return failure_;
}

}  // namespace haldane::cli
