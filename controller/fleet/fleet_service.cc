#include "controller/fleet/fleet_service.h"

#include "controller/api/unary.h"
#include "haldane/v1/fleet.grpc.pb.h"

namespace haldane::controller {
namespace {

// A token for some services neither sees others nor switches them off.
absl::Status CheckScope(const Caller& caller, const std::string& service) {
  if (caller.services.empty() || (!service.empty() && caller.MayTouch(service))) return absl::OkStatus();
  return absl::PermissionDeniedError(service.empty()
                                         ? "this credential is for some services only; name one of them"
                                         : absl::StrCat("this credential is not for service ", service));
}

class FleetService final : public v1::Fleet::CallbackService {
 public:
  FleetService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListHostsRequest* request,
                                 v1::ListHostsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Fleet.List", loop_, context, response,
                        [this, request](const Caller&) -> absl::StatusOr<v1::ListHostsResponse> {
                          return controller_->ListHosts(request->service());
                        });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetHostRequest* request,
                                v1::FleetHost* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Fleet.Get", loop_, context, response,
                        [this, request](const Caller&) { return controller_->GetHost(request->host()); });
  }
  grpc::ServerUnaryReactor* Kill(grpc::CallbackServerContext* context, const v1::KillRequest* request,
                                 v1::FleetSwitches* response) override {
    return Switch("Fleet.Kill", context, request, response, true);
  }
  grpc::ServerUnaryReactor* Arm(grpc::CallbackServerContext* context, const v1::ArmRequest* request,
                                v1::FleetSwitches* response) override {
    return Switch("Fleet.Arm", context, request, response, false);
  }

 private:
  template <typename Request>
  grpc::ServerUnaryReactor* Switch(absl::string_view action, grpc::CallbackServerContext* context,
                                   const Request* request, v1::FleetSwitches* response, bool kill) {
    return AnswerOnLoop(peers_, Role::kOncall, action, loop_, context, response,
                        [this, request, kill](const Caller& caller) -> absl::StatusOr<v1::FleetSwitches> {
                          if (absl::Status scope = CheckScope(caller, request->service()); !scope.ok()) {
                            return scope;
                          }
                          return controller_->SwitchProbes(kill, request->service(), request->reason(),
                                                           caller.ToProto());
                        });
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFleetService(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller) {
  return std::make_unique<FleetService>(peers, loop, controller);
}

}  // namespace haldane::controller
