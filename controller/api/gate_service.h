#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// gRPC service Gate: every wait is a watcher of `controller`, on `loop`, which
// must run for as long as the server does. Controller::EndStreams ends waits.
std::unique_ptr<grpc::Service> MakeGateService(const PeerCheck* peers, TaskLoop* loop,
                                               Controller* controller);

}  // namespace haldane::controller
