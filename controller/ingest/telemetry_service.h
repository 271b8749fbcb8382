#pragma once

#include <memory>

#include "base/task_loop.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"

namespace grpc {
class ServerBuilder;
}  // namespace grpc

namespace haldane::controller {

// gRPC service Telemetry: moves messages between streams and the controller's
// agents. Outlives the server that it is part of.
class TelemetryService {
 public:
  // `loop` must run for as long as this lives; `peers` and `controller` outlive it.
  static std::unique_ptr<TelemetryService> Make(const PeerCheck* peers, TaskLoop* loop,
                                                Controller* controller);
  virtual ~TelemetryService() = default;

  // Before the server is built.
  virtual void Register(grpc::ServerBuilder* builder) = 0;
  // Once it is built: takes streams from now on. Controller::EndStreams ends them.
  virtual void Start() = 0;
  // Once it is shut down, and before it is destroyed. REQUIRES: Start was called;
  // not called on the loop.
  virtual void Stop() = 0;
};

}  // namespace haldane::controller
