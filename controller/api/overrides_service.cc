#include "controller/api/overrides_service.h"

#include "base/status_macros.h"
#include "controller/api/scope.h"
#include "controller/api/unary.h"
#include "haldane/v1/overrides.grpc.pb.h"

namespace haldane::controller {
namespace {

class OverridesService final : public v1::Overrides::CallbackService {
 public:
  OverridesService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* Apply(grpc::CallbackServerContext* context,
                                  const v1::ApplyOverrideRequest* request,
                                  v1::OverrideResponse* response) override {
    return AnswerOnLoop(peers_, Role::kOncall, "Overrides.Apply", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::OverrideResponse> {
                          RETURN_IF_ERROR(CheckRollout(caller, *controller_, request->rollout()));
                          return controller_->Override(*request, caller.ToProto());
                        });
  }
  grpc::ServerUnaryReactor* Revoke(grpc::CallbackServerContext* context,
                                   const v1::RevokeOverrideRequest* request,
                                   v1::OverrideResponse* response) override {
    return AnswerOnLoop(peers_, Role::kOncall, "Overrides.Revoke", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::OverrideResponse> {
                          RETURN_IF_ERROR(CheckRollout(caller, *controller_, request->rollout()));
                          return controller_->Revoke(*request, caller.ToProto());
                        });
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListOverridesRequest* request,
                                 v1::ListOverridesResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Overrides.List", loop_, context, response,
                        [this, request](const Caller&) { return controller_->ListOverrides(*request); });
  }

 private:
  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeOverridesService(const PeerCheck* peers, TaskLoop* loop,
                                                    Controller* controller) {
  return std::make_unique<OverridesService>(peers, loop, controller);
}

}  // namespace haldane::controller
