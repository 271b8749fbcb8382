#include "controller/api/rollouts_service.h"

#include "base/status_macros.h"
#include "controller/api/scope.h"
#include "controller/api/unary.h"
#include "haldane/v1/rollout.grpc.pb.h"

namespace haldane::controller {
namespace {

class RolloutsService final : public v1::Rollouts::CallbackService {
 public:
  RolloutsService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const v1::CreateRolloutRequest* request, v1::Rollout* response) override {
    return AnswerOnLoop(peers_, Role::kDeployer, "Rollouts.Create", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::Rollout> {
                          RETURN_IF_ERROR(CheckService(caller, request->plan().service()));
                          return controller_->Create(request->plan());
                        });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRolloutRequest* request,
                                v1::Rollout* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Rollouts.Get", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::Rollout> {
                          RETURN_IF_ERROR(CheckRollout(caller, *controller_, request->rollout()));
                          return controller_->Get(request->rollout());
                        });
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListRolloutsRequest* request,
                                 v1::ListRolloutsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Rollouts.List", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::ListRolloutsResponse> {
                          if (!request->service().empty())
                            RETURN_IF_ERROR(CheckService(caller, request->service()));
                          absl::StatusOr<v1::ListRolloutsResponse> list = controller_->List(*request);
                          if (!list.ok() || caller.services.empty()) return list;
                          v1::ListRolloutsResponse own;
                          for (v1::Rollout& rollout : *list->mutable_rollouts()) {
                            if (caller.MayTouch(rollout.plan().service())) own.add_rollouts()->Swap(&rollout);
                          }
                          return own;
                        });
  }
  grpc::ServerUnaryReactor* Abort(grpc::CallbackServerContext* context,
                                  const v1::AbortRolloutRequest* request, v1::Rollout* response) override {
    return AnswerOnLoop(peers_, Role::kDeployer, "Rollouts.Abort", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::Rollout> {
                          RETURN_IF_ERROR(CheckRollout(caller, *controller_, request->rollout()));
                          return controller_->Abort(request->rollout(), request->reason());
                        });
  }

 private:
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
