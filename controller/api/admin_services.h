#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/audit_log.h"
#include "controller/auth/peer_identity.h"
#include "controller/auth/token_book.h"
#include "controller/controller.h"
#include "controller/store/admin_store.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// What the services of administrators work with; all outlive them.
struct Administration {
  TokenBook* tokens = nullptr;
  AuditLog* audit = nullptr;
  AdminStore* store = nullptr;
};

// gRPC services Tokens and Audit: every call is a task of `loop`, which must run
// for as long as the server does.
std::unique_ptr<grpc::Service> MakeTokensService(const PeerCheck* peers, TaskLoop* loop,
                                                 const Administration& administration);
std::unique_ptr<grpc::Service> MakeAuditService(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller, const Administration& administration);

}  // namespace haldane::controller
