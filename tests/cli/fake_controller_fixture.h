#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/status.h"
#include "haldane/v1/rollout.pb.h"

namespace grpc {
class Server;
}  // namespace grpc

namespace haldane::cli {

// A controller that says what a test tells it to, over real gRPC on a loopback
// port. Thread-safe.
class FakeController {
 public:
  // What one Wait answers: these views, then the status; or, when it hangs,
  // nothing more until the call or the server is ended.
  struct Stream {
    std::vector<haldane::v1::Rollout> views;
    bool hangs = false;
    grpc::Status status = grpc::Status::OK;
  };

  FakeController();
  ~FakeController();

  std::string address() const;

  // Waits answer these in turn, the last one for ever.
  void AddStream(Stream stream) ABSL_LOCKS_EXCLUDED(mutex_);
  // Every unary call fails with this, or answers `rollout`.
  void FailCalls(grpc::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  void AnswerCalls(haldane::v1::Rollout rollout) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends every call and stops listening.
  void Stop();
  // Listens again at the same address.
  void Start();

  // Returns once `count` streams have begun to hang.
  void AwaitHanging(int count) ABSL_LOCKS_EXCLUDED(mutex_);

  // What was asked for, in order: "create NAME", "abort NAME: REASON", ...
  std::vector<std::string> calls() const ABSL_LOCKS_EXCLUDED(mutex_);
  // The last plan of a create.
  haldane::v1::Plan plan() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class RolloutsService;
  class GateService;

  grpc::Status Answer(const std::string& call, haldane::v1::Rollout* rollout) ABSL_LOCKS_EXCLUDED(mutex_);

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;  // hanging_ or stopping_
  std::deque<Stream> streams_ ABSL_GUARDED_BY(mutex_);
  grpc::Status failure_ ABSL_GUARDED_BY(mutex_);
  haldane::v1::Rollout rollout_ ABSL_GUARDED_BY(mutex_);
  haldane::v1::Plan plan_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
  int hanging_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  int port_ = 0;
  std::unique_ptr<RolloutsService> rollouts_;
  std::unique_ptr<GateService> gate_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace haldane::cli
