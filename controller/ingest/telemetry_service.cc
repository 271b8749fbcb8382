#include "controller/ingest/telemetry_service.h"

#include <optional>
#include <string>
#include <utility>

#include "controller/api/grpc_status.h"
#include "controller/ingest/agent_stream.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::controller {
namespace {

using AgentReactor = grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>;

// One stream of an agent. Its reactions only post; everything else, starting
// reads and writes and finishing included, happens on the loop, so that nothing
// is started after the finish. The next message is read once the one before has
// been taken in, so a flood waits in the network. Deletes itself once gRPC and
// the loop are both done with it.
class GrpcAgentStream final : public AgentReactor, public AgentStream {
 public:
  GrpcAgentStream(const PeerCheck* peers, TaskLoop* loop, Controller* controller, std::string certified_host)
      : peers_(peers), loop_(loop), controller_(controller), certified_host_(std::move(certified_host)) {
    loop_->Post([this] {
      id_ = controller_->agents().Open(certified_host_, this);
      Read();
    });
  }

  void OnReadDone(bool ok) override {
    loop_->Post([this, ok] {
      if (!ok) {
        End(absl::OkStatus());  // the agent has said all it wanted to
        return;
      }
      controller_->agents().Receive(id_, std::move(incoming_));
      Read();
    });
  }
  void OnWriteDone(bool ok) override {
    loop_->Post([this, ok] {
      writing_ = false;
      ok ? Write() : End(absl::CancelledError("the agent has gone"));
    });
  }
  void OnCancel() override {
    loop_->Post([this] { End(absl::CancelledError("the agent has gone")); });
  }
  // The last reaction; the tasks that it posted before run before this one.
  void OnDone() override {
    loop_->Post([this] {
      controller_->agents().Close(id_);
      delete this;
    });
  }

  void Acknowledge(uint64_t sequence) override {
    acknowledgement_ = sequence;
    Write();
  }
  void Direct(const v1::Directive& directive) override {
    directive_ = directive;
    Write();
  }
  void End(const absl::Status& status) override {
    // An agent that speaks for another host than its certificate's.
    if (!end_ && absl::IsPermissionDenied(status)) {
      const Caller agent{
          .name = certified_host_, .role = Role::kAgent, .credential = "certificate", .services = {}};
      peers_->Refused(agent, "Telemetry.Stream", status);
    }
    if (!end_) end_ = status;
    Write();
  }

 private:
  void Read() {
    if (!end_) StartRead(&incoming_);
  }

  void Write() {
    if (writing_ || finished_) return;
    outgoing_.Clear();
    if (end_) {
      finished_ = true;
      Finish(ToGrpc(*end_));
      return;
    }
    if (acknowledgement_) {
      outgoing_.mutable_ack()->set_sequence(*std::exchange(acknowledgement_, std::nullopt));
    } else if (directive_) {
      *outgoing_.mutable_directive() = *std::exchange(directive_, std::nullopt);
    } else {
      return;
    }
    writing_ = true;
    StartWrite(&outgoing_);
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
  const std::string certified_host_;  // empty without TLS
  Agents::Id id_ = 0;
  v1::AgentMessage incoming_;
  v1::ControllerMessage outgoing_;  // being written while writing_
  std::optional<uint64_t> acknowledgement_;
  std::optional<v1::Directive> directive_;
  std::optional<absl::Status> end_;
  bool writing_ = false;
  bool finished_ = false;
};

// Refuses a stream.
class RefusedAgent final : public AgentReactor {
 public:
  explicit RefusedAgent(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

class TelemetryService final : public v1::Telemetry::CallbackService {
 public:
  TelemetryService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : peers_(peers), loop_(loop), controller_(controller) {}

  AgentReactor* Stream(grpc::CallbackServerContext* context) override {
    absl::StatusOr<std::string> host = peers_->Require(Role::kAgent, *context);
    if (!host.ok()) return new RefusedAgent(host.status());
    return new GrpcAgentStream(peers_, loop_, controller_, *std::move(host));
  }

 private:
  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTelemetryService(const PeerCheck* peers, TaskLoop* loop,
                                                    Controller* controller) {
  return std::make_unique<TelemetryService>(peers, loop, controller);
}

}  // namespace haldane::controller
