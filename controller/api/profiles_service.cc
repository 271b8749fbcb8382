#include "controller/api/profiles_service.h"

#include "base/status_macros.h"
#include "controller/api/scope.h"
#include "controller/api/unary.h"
#include "haldane/v1/profile.grpc.pb.h"

namespace haldane::controller {
namespace {

class ProfilesService final : public v1::Profiles::CallbackService {
 public:
  ProfilesService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListProfilesRequest*,
                                 v1::ListProfilesResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Profiles.List", loop_, context, response,
                        [this](const Caller& caller) -> absl::StatusOr<v1::ListProfilesResponse> {
                          v1::ListProfilesResponse own;
                          v1::ListProfilesResponse list = controller_->historian().List();
                          for (v1::Profile& profile : *list.mutable_profiles()) {
                            if (caller.MayTouch(profile.service())) own.add_profiles()->Swap(&profile);
                          }
                          return own;
                        });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetProfileRequest* request,
                                v1::Profile* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Profiles.Get", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::Profile> {
                          RETURN_IF_ERROR(CheckService(caller, request->service()));
                          return controller_->historian().Get(request->service());
                        });
  }
  grpc::ServerUnaryReactor* Learn(grpc::CallbackServerContext* context,
                                  const v1::LearnProfileRequest* request, v1::Profile* response) override {
    return AnswerOnLoop(peers_, Role::kDeployer, "Profiles.Learn", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::Profile> {
                          RETURN_IF_ERROR(CheckService(caller, request->service()));
                          return controller_->historian().Learn(request->service());
                        });
  }

 private:
  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeProfilesService(const PeerCheck* peers, TaskLoop* loop,
                                                   Controller* controller) {
  return std::make_unique<ProfilesService>(peers, loop, controller);
}

}  // namespace haldane::controller
