#include "controller/ingest/telemetry_service.h"

#include <google/protobuf/arena.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/api/grpc_status.h"
#include "controller/ingest/agent_stream.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::controller {
namespace {

// Bytes, not messages: gRPC would allocate every part of every report by itself.
using AgentReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// Decodes messages of agents one after the other, all in the same memory.
class Decoder {
 public:
  // Valid until the next call; null when it is no such message.
  v1::AgentMessage* Decode(grpc::ByteBuffer* bytes) {
    arena_.Reset();
    auto* const message = google::protobuf::Arena::CreateMessage<v1::AgentMessage>(&arena_);
    grpc::ProtoBufferReader reader(bytes);
    return reader.status().ok() && message->ParseFromZeroCopyStream(&reader) ? message : nullptr;
  }

 private:
  static google::protobuf::ArenaOptions Options(std::vector<char>& first_block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    return options;
  }

  std::vector<char> first_block_ = std::vector<char>(1 << 16);  // kept; more is freed with the next message
  google::protobuf::Arena arena_{Options(first_block_)};
};

// What the streams of a service share; all of it outlives them.
struct Shared {
  const PeerCheck* peers;
  TaskLoop* loop;
  Controller* controller;
  Decoder decoder;  // of the loop
};

// One stream of an agent. Its reactions only post; everything else, starting
// reads and writes and finishing included, happens on the loop, so that nothing
// is started after the finish. The next message is read once the one before has
// been taken in, so a flood waits in the network. Deletes itself once gRPC and
// the loop are both done with it.
class GrpcAgentStream final : public AgentReactor, public AgentStream {
 public:
  GrpcAgentStream(Shared* shared, std::string certified_host)
      : shared_(shared),
        loop_(shared->loop),
        controller_(shared->controller),
        certified_host_(std::move(certified_host)) {
    loop_->Post([this] {
      id_ = controller_->agents().Open(certified_host_, this);
      Read();
    });
  }

  void OnReadDone(bool ok) override {
    loop_->PostSoon([this, ok] {
      if (!ok) {
        End(absl::OkStatus());  // the agent has said all it wanted to
        return;
      }
      TakeIn();
      Read();
    });
  }
  void OnWriteDone(bool ok) override {
    loop_->PostSoon([this, ok] {
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
      shared_->peers->Refused(agent, "Telemetry.Stream", status);
    }
    if (!end_) end_ = status;
    Write();
  }

 private:
  void TakeIn() {
    v1::AgentMessage* const message = shared_->decoder.Decode(&incoming_);
    incoming_.Clear();
    if (message != nullptr) {
      controller_->agents().Receive(id_, std::move(*message));
    } else {
      controller_->agents().Reject(id_, absl::InvalidArgumentError("the message cannot be decoded"));
    }
  }

  void Read() {
    if (!end_) StartRead(&incoming_);
  }

  void Write() {
    if (writing_ || finished_) return;
    if (end_) {
      finished_ = true;
      Finish(ToGrpc(*end_));
      return;
    }
    v1::ControllerMessage message;
    if (acknowledgement_) {
      message.mutable_ack()->set_sequence(*std::exchange(acknowledgement_, std::nullopt));
    } else if (directive_) {
      *message.mutable_directive() = *std::exchange(directive_, std::nullopt);
    } else {
      return;
    }
    bool is_ours = false;
    grpc::SerializationTraits<v1::ControllerMessage>::Serialize(message, &outgoing_, &is_ours);
    writing_ = true;
    StartWrite(&outgoing_);
  }

  Shared* const shared_;
  TaskLoop* const loop_;
  Controller* const controller_;
  const std::string certified_host_;  // empty without TLS
  Agents::Id id_ = 0;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;  // being written while writing_
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

class TelemetryService final : public v1::Telemetry::WithRawCallbackMethod_Stream<v1::Telemetry::Service> {
 public:
  TelemetryService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : shared_{.peers = peers, .loop = loop, .controller = controller, .decoder = {}} {}

  AgentReactor* Stream(grpc::CallbackServerContext* context) override {
    absl::StatusOr<std::string> host = shared_.peers->Require(Role::kAgent, *context);
    if (!host.ok()) return new RefusedAgent(host.status());
    return new GrpcAgentStream(&shared_, *std::move(host));
  }

 private:
  Shared shared_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTelemetryService(const PeerCheck* peers, TaskLoop* loop,
                                                    Controller* controller) {
  return std::make_unique<TelemetryService>(peers, loop, controller);
}

}  // namespace haldane::controller
