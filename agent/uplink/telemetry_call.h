#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <memory>
#include <string>

#include "base/task_loop.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::agent {

// One call of Telemetry.Stream. gRPC's reactions do nothing but post to the
// loop; every other method, and the owner's, runs there.
//
// A hold keeps the call alive while the loop may still start operations, until
// the read side has ended. Only after OnClosed may it be destroyed.
class TelemetryCall final
    : public grpc::ClientBidiReactor<haldane::v1::AgentMessage, haldane::v1::ControllerMessage> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnMessage(const haldane::v1::ControllerMessage& message) = 0;
    // The message of Start or Write has left; not ok: the call is ending.
    virtual void OnWritten(bool ok) = 0;
    // Last of all.
    virtual void OnClosed(const grpc::Status& status) = 0;
  };

  // `loop` and `owner` outlive this.
  TelemetryCall(TaskLoop* loop, Owner* owner, std::shared_ptr<grpc::Channel> channel);

  // Begins the call with its first message.
  void Start(haldane::v1::AgentMessage first);
  // REQUIRES: what was written before has been reported by OnWritten.
  void Write(haldane::v1::AgentMessage message);
  // Nothing more will be written: asks the controller to end the call.
  void HalfClose();
  // Ends the call at once, whatever the controller does.
  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  TaskLoop* const loop_;
  Owner* const owner_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<haldane::v1::Telemetry::Stub> stub_;
  grpc::ClientContext context_;
  haldane::v1::AgentMessage outgoing_;       // until OnWriteDone
  haldane::v1::ControllerMessage incoming_;  // gRPC's between StartRead and OnReadDone
  bool read_ended_ = false;
};

}  // namespace haldane::agent
