#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace haldane::controller {

// gRPC service Telemetry: moves messages between streams and the controller's
// agents, on `loop`, which must run for as long as the server does.
// Controller::EndStreams ends streams.
std::unique_ptr<grpc::Service> MakeTelemetryService(const PeerCheck* peers, TaskLoop* loop,
                                                    Controller* controller);

}  // namespace haldane::controller
