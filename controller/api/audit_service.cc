#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/api/admin_services.h"
#include "controller/api/scope.h"
#include "controller/api/unary.h"
#include "haldane/v1/audit.grpc.pb.h"

namespace haldane::controller {
namespace {

constexpr uint32_t kDefaultRecords = 100;
constexpr uint32_t kMostRecords = 1000;

class AuditService final : public v1::Audit::CallbackService {
 public:
  AuditService(const PeerCheck* peers, TaskLoop* loop, Controller* controller,
               const Administration& administration)
      : peers_(peers),
        loop_(loop),
        controller_(controller),
        store_(administration.store),
        audit_(administration.audit) {}

  grpc::ServerUnaryReactor* ReadLog(grpc::CallbackServerContext* context, const v1::ReadLogRequest* request,
                                    v1::ReadLogResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Audit.ReadLog", loop_, context, response,
                        [this, request](const Caller& caller) -> absl::StatusOr<v1::ReadLogResponse> {
                          RETURN_IF_ERROR(CheckRollout(caller, *controller_, request->rollout()));
                          return store_->ReadLog(*request);
                        });
  }
  grpc::ServerUnaryReactor* ListLogs(grpc::CallbackServerContext* context, const v1::ListLogsRequest*,
                                     v1::ListLogsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kViewer, "Audit.ListLogs", loop_, context, response,
                        [this](const Caller& caller) -> absl::StatusOr<v1::ListLogsResponse> {
                          ASSIGN_OR_RETURN(v1::ListLogsResponse all, store_->ListLogs());
                          v1::ListLogsResponse own;
                          for (v1::LogHead& log : *all.mutable_logs()) {
                            if (CheckRollout(caller, *controller_, log.rollout()).ok())
                              own.add_logs()->Swap(&log);
                          }
                          // Whose they were is gone with them.
                          if (caller.services.empty()) own.mutable_pruned()->Swap(all.mutable_pruned());
                          return own;
                        });
  }
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const v1::ListRecordsRequest* request,
                                        v1::ListRecordsResponse* response) override {
    return AnswerOnLoop(peers_, Role::kAdmin, "Audit.ListRecords", loop_, context, response,
                        [this, request](const Caller&) { return Records(*request); });
  }

 private:
  absl::StatusOr<v1::ListRecordsResponse> Records(const v1::ListRecordsRequest& request) {
    if (request.limit() > kMostRecords) {
      return absl::InvalidArgumentError(
          absl::StrCat("limit is ", request.limit(), ", at most ", kMostRecords, " is allowed"));
    }
    audit_->Flush();
    ASSIGN_OR_RETURN(auto records,
                     store_->ListAudit(request.limit() == 0 ? kDefaultRecords : request.limit()));
    v1::ListRecordsResponse response;
    for (v1::AuditRecord& record : records) *response.add_records() = std::move(record);
    return response;
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
  AdminStore* const store_;
  AuditLog* const audit_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAuditService(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller,
                                                const Administration& administration) {
  return std::make_unique<AuditService>(peers, loop, controller, administration);
}

}  // namespace haldane::controller
