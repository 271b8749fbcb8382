#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// gRPC service Profiles: every call is a task of `loop`, which must run for as
// long as the server does.
std::unique_ptr<grpc::Service> MakeProfilesService(const PeerCheck* peers, TaskLoop* loop,
                                                   Controller* controller);

}  // namespace haldane::controller
