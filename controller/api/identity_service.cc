#include "controller/api/identity_service.h"

#include "controller/api/grpc_status.h"
#include "haldane/v1/token.grpc.pb.h"

namespace haldane::controller {
namespace {

class IdentityService final : public v1::Identity::CallbackService {
 public:
  explicit IdentityService(const PeerCheck* peers) : peers_(peers) {}

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetIdentityRequest*,
                                v1::CallerIdentity* response) override {
    const absl::StatusOr<Caller> caller = peers_->Identify(Role::kViewer, "Identity.Get", *context);
    if (caller.ok()) {
      *response->mutable_principal() = caller->ToProto();
      for (const std::string& service : caller->services) response->add_services(service);
    }
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(ToGrpc(caller.status()));
    return reactor;
  }

 private:
  const PeerCheck* const peers_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIdentityService(const PeerCheck* peers) {
  return std::make_unique<IdentityService>(peers);
}

}  // namespace haldane::controller
