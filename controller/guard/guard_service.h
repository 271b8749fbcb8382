#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// The gRPC service Guard. Everything outlives it.
std::unique_ptr<grpc::Service> MakeGuardService(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller);

}  // namespace haldane::controller
