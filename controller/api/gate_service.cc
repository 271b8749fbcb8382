#include "controller/api/gate_service.h"

#include <optional>
#include <string>
#include <utility>

#include "controller/api/grpc_status.h"
#include "controller/api/scope.h"
#include "haldane/v1/gate.grpc.pb.h"

namespace haldane::controller {
namespace {

constexpr char kAction[] = "Gate.Wait";

// One call of Wait. Its reactions only post; everything else, starting writes
// and finishing included, happens on the loop, so that nothing is started after
// the finish. Deletes itself once gRPC and the loop are both done with it.
class Waiter final : public grpc::ServerWriteReactor<v1::WaitResponse>, public RolloutWatcher {
 public:
  Waiter(const PeerCheck* peers, TaskLoop* loop, Controller* controller, Caller caller, std::string rollout)
      : loop_(loop), controller_(controller) {
    loop_->Post([this, peers, caller = std::move(caller), rollout = std::move(rollout)] {
      absl::Status status = CheckRollout(caller, *controller_, rollout);
      if (!status.ok()) peers->Refused(caller, kAction, status);
      if (status.ok()) status = controller_->Watch(rollout, this);
      if (!status.ok()) OnFailure(status);
    });
  }

  void OnWriteDone(bool ok) override {
    loop_->Post([this, ok] {
      writing_ = false;
      ok ? Continue() : GiveUp();
    });
  }
  void OnCancel() override {
    loop_->Post([this] { GiveUp(); });
  }
  // The last reaction; the tasks that it posted before run before this one.
  void OnDone() override {
    loop_->Post([this] {
      controller_->Unwatch(this);
      delete this;
    });
  }

  void OnRollout(const v1::Rollout& rollout, bool last) override {
    // A caller that reads slowly gets the newest view, not every one.
    next_ = rollout;
    if (last) end_ = absl::OkStatus();
    Continue();
  }
  void OnFailure(const absl::Status& status) override {
    end_ = status;
    Continue();
  }

 private:
  // The caller has gone.
  void GiveUp() {
    controller_->Unwatch(this);
    next_.reset();
    end_ = absl::CancelledError("the caller has gone");
    Continue();
  }

  void Continue() {
    if (writing_ || finished_) return;
    if (next_) {
      current_.Clear();
      *current_.mutable_rollout() = *std::move(next_);
      next_.reset();
      writing_ = true;
      StartWrite(&current_);
    } else if (end_) {
      finished_ = true;
      Finish(ToGrpc(*end_));
    }
  }

  TaskLoop* const loop_;
  Controller* const controller_;
  v1::WaitResponse current_;         // being written while writing_
  std::optional<v1::Rollout> next_;  // to be written after it
  std::optional<absl::Status> end_;  // to be finished with after that
  bool writing_ = false;
  bool finished_ = false;
};

// Refuses a call.
class Refusal final : public grpc::ServerWriteReactor<v1::WaitResponse> {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

class GateService final : public v1::Gate::CallbackService {
 public:
  GateService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerWriteReactor<v1::WaitResponse>* Wait(grpc::CallbackServerContext* context,
                                                   const v1::WaitRequest* request) override {
    absl::StatusOr<Caller> caller = peers_->Identify(Role::kViewer, kAction, *context);
    if (!caller.ok()) return new Refusal(caller.status());
    return new Waiter(peers_, loop_, controller_, *std::move(caller), request->rollout());
  }

 private:
  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeGateService(const PeerCheck* peers, TaskLoop* loop,
                                               Controller* controller) {
  return std::make_unique<GateService>(peers, loop, controller);
}

}  // namespace haldane::controller
