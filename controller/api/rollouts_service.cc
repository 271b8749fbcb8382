#include "controller/api/rollouts_service.h"

#include <utility>

#include "controller/api/grpc_status.h"
#include "haldane/v1/rollout.grpc.pb.h"

namespace haldane::controller {
namespace {

class RolloutsService final : public v1::Rollouts::CallbackService {
 public:
  RolloutsService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const v1::CreateRolloutRequest* request, v1::Rollout* response) override {
    return Answer(context, response, [this, request] { return controller_->Create(request->plan()); });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRolloutRequest* request,
                                v1::Rollout* response) override {
    return Answer(context, response, [this, request] { return controller_->Get(request->rollout()); });
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListRolloutsRequest* request,
                                 v1::ListRolloutsResponse* response) override {
    return Answer(context, response, [this, request] { return controller_->List(*request); });
  }
  grpc::ServerUnaryReactor* Abort(grpc::CallbackServerContext* context,
                                  const v1::AbortRolloutRequest* request, v1::Rollout* response) override {
    return Answer(context, response,
                  [this, request] { return controller_->Abort(request->rollout(), request->reason()); });
  }

 private:
  // Finishes the call with what `answer` returns on the loop. Request and
  // response live until then, also when the caller has gone.
  template <typename Response, typename Function>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Response* response,
                                   Function answer) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (const auto name = peers_->Require(Role::kDeployer, *context); !name.ok()) {
      reactor->Finish(ToGrpc(name.status()));
      return reactor;
    }
    loop_->Post([reactor, response, answer = std::move(answer)] {
      absl::StatusOr<Response> result = answer();
      if (result.ok()) *response = *std::move(result);
      reactor->Finish(ToGrpc(result.status()));
    });
    return reactor;
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRolloutsService(const PeerCheck* peers, TaskLoop* loop,
                                                   Controller* controller) {
  return std::make_unique<RolloutsService>(peers, loop, controller);
}

}  // namespace haldane::controller
