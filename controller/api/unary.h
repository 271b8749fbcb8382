#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/task_loop.h"
#include "controller/api/grpc_status.h"
#include "controller/auth/peer_identity.h"

namespace haldane::controller {

// Finishes a unary call with what `answer(caller)` returns on the loop, once it
// is known that the caller has a role that suffices. Request and response live
// until then, also when the caller has gone. A refusal by `answer` itself (a
// token's scope) is accounted for as any other.
template <typename Response, typename Function>
grpc::ServerUnaryReactor* AnswerOnLoop(const PeerCheck* peers, const Needs& needs, absl::string_view action,
                                       TaskLoop* loop, grpc::CallbackServerContext* context,
                                       Response* response, Function answer) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Caller> caller = peers->Identify(needs, action, *context);
  if (!caller.ok()) {
    reactor->Finish(ToGrpc(caller.status()));
    return reactor;
  }
  loop->Post([peers, action = std::string(action), reactor, response, caller = *std::move(caller),
              answer = std::move(answer)] {
    absl::StatusOr<Response> result = answer(caller);
    if (result.ok()) *response = *std::move(result);
    if (absl::IsPermissionDenied(result.status())) peers->Refused(caller, action, result.status());
    reactor->Finish(ToGrpc(result.status()));
  });
  return reactor;
}

}  // namespace haldane::controller
