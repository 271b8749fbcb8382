#include "controller/guard/guard_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/api/scope.h"
#include "controller/api/unary.h"
#include "haldane/v1/guard.grpc.pb.h"

namespace haldane::controller {
namespace {

// What a caller may report: agents runs of their own host, deployers those of
// the services that they are for.
absl::Status MayReport(const Caller& caller, v1::GuardRun* run) {
  if (caller.role == Role::kAgent) {
    if (!run->host().empty() && run->host() != caller.name) {
      return absl::PermissionDeniedError(
          absl::StrCat("the certificate is that of host ", caller.name, ", the run that of another"));
    }
    run->set_host(caller.name);
    return absl::OkStatus();
  }
  if (!caller.services.empty() && run->service().empty()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the token of ", caller.name, " is for some services: guard run --service must name one of them"));
  }
  return CheckService(caller, run->service());
}

class GuardService final : public v1::Guard::CallbackService {
 public:
  GuardService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const v1::ReportGuardRunRequest* request,
                                   v1::ReportGuardRunResponse* response) override {
    return AnswerOnLoop(
        peers_, Needs(Role::kDeployer, /*or_agent=*/true), "Guard.Report", loop_, context, response,
        [this, request](const Caller& caller) -> absl::StatusOr<v1::ReportGuardRunResponse> {
          v1::GuardRun run = request->run();
          RETURN_IF_ERROR(MayReport(caller, &run));
          v1::ReportGuardRunResponse known;
          ASSIGN_OR_RETURN(const uint64_t revision,
                           controller_->guard_book().Report(std::move(run), caller.ToProto()));
          known.set_revision(revision);
          return known;
        });
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListGuardRunsRequest* request,
                                 v1::ListGuardRunsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Guard.List", loop_, context, response,
                        [this, request](const Caller& caller) {
                          return controller_->guard_book().List(*request, VisibleTo(caller));
                        });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetGuardRunRequest* request,
                                v1::GuardRun* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Guard.Get", loop_, context, response,
                        [this, request](const Caller& caller) {
                          return controller_->guard_book().Get(request->run_id(), VisibleTo(caller));
                        });
  }
  grpc::ServerUnaryReactor* ListFindings(grpc::CallbackServerContext* context,
                                         const v1::ListGuardFindingsRequest* request,
                                         v1::ListGuardFindingsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Guard.ListFindings", loop_, context, response,
                        [this, request](const Caller& caller) {
                          return controller_->guard_book().ListFindings(*request, VisibleTo(caller));
                        });
  }

 private:
  static GuardBook::Visible VisibleTo(const Caller& caller) {
    return [&caller](absl::string_view service) { return caller.MayTouch(service); };
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeGuardService(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller) {
  return std::make_unique<GuardService>(peers, loop, controller);
}

}  // namespace haldane::controller
