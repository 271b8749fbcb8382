#include "controller/ingest/telemetry_service.h"

#include <grpcpp/server_builder.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "controller/api/grpc_status.h"
#include "controller/ingest/agent_stream.h"
#include "controller/ingest/decoder.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::controller {
namespace {

// Reports come by the thousand each second, and none is in a hurry. So gRPC does
// not call us for each (which wakes a thread, that wakes the loop, that wakes a
// thread again to hear that the acknowledgement was written): what has happened
// waits in queues, and the loop looks there every few milliseconds, less often
// while it finds little.
constexpr absl::Duration kOften = absl::Milliseconds(10), kSeldom = absl::Milliseconds(40);
constexpr int kLittle = 4, kMuch = 64;  // events at one look
// gRPC as Debian builds it looks through all that goes on in a queue whenever
// one thing of it ends; but a look at an empty queue has its price too.
constexpr int kQueues = 4;
// Streams of each queue that may open between two looks.
constexpr int kOpening = 16;

class AgentCall;
using RawService = v1::Telemetry::WithRawMethod_Stream<v1::Telemetry::Service>;

// What all calls of the service share.
struct Shared {
  const PeerCheck* const peers;
  Controller* const controller;
  RawService service = {};
  Decoder decoder = {};
  // Since the last look: those whose message was taken in, and the queues of
  // those that opened.
  std::vector<AgentCall*> to_read = {};
  std::vector<grpc::ServerCompletionQueue*> to_open = {};
  int calls = 0;  // those that wait for a stream included
};

// One stream of an agent, from waiting for one to come until it is gone. All of
// it happens on the loop. The next message is read with the next look, once the
// one before has been taken in, so a flood waits in the network. Deletes itself
// once gRPC is done with it.
class AgentCall final : public AgentStream {
 public:
  // Something that gRPC does for a call: a tag in its queue.
  struct Event {
    AgentCall* call;
    void (AgentCall::*ended)(bool ok);
  };

  AgentCall(Shared* shared, grpc::ServerCompletionQueue* queue) : shared_(shared), queue_(queue) {
    ++shared_->calls;
    shared_->service.RequestStream(&context_, &stream_, queue_, queue_, &opened_);
  }
  ~AgentCall() override { --shared_->calls; }

  // The loop has looked.
  void Read() {
    if (!end_) {
      stream_.Read(&incoming_, &read_);
      return;
    }
    is_reading_ = false;
    DeleteOnceDone();
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
  void OnOpened(bool ok) {
    if (!ok) {  // the server is being shut down
      delete this;
      return;
    }
    shared_->to_open.push_back(queue_);
    absl::StatusOr<std::string> host = shared_->peers->Require(Role::kAgent, context_);
    if (!host.ok()) {
      end_ = host.status();
      Write();
      return;
    }
    certified_host_ = *std::move(host);
    id_ = shared_->controller->agents().Open(certified_host_, this);
    ReadOn();
  }

  void ReadOn() {
    is_reading_ = true;
    shared_->to_read.push_back(this);
  }

  void OnRead(bool ok) {
    if (ok) {
      TakeIn();
      ReadOn();
      return;
    }
    is_reading_ = false;
    End(absl::OkStatus());  // the agent has said all it wanted to, or has gone
    DeleteOnceDone();
  }

  void TakeIn() {
    Agents& agents = shared_->controller->agents();
    if (v1::AgentMessage* const message = shared_->decoder.Decode(&incoming_)) {
      agents.Receive(id_, std::move(*message));
    } else {
      agents.Reject(id_, absl::InvalidArgumentError("the message cannot be decoded"));
    }
  }

  void Write() {
    if (is_writing_) return;
    if (end_) {
      if (!is_finished_) stream_.Finish(ToGrpc(*end_), &gone_);
      is_finished_ = true;
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
    grpc::ByteBuffer bytes;
    bool is_ours = false;
    grpc::SerializationTraits<v1::ControllerMessage>::Serialize(message, &bytes, &is_ours);
    is_writing_ = true;
    stream_.Write(bytes, &written_);
  }

  void OnWritten(bool ok) {
    is_writing_ = false;
    ok ? Write() : End(absl::CancelledError("the agent has gone"));
  }

  void OnGone(bool) {
    is_gone_ = true;
    DeleteOnceDone();
  }

  void DeleteOnceDone() {
    if (!is_gone_ || is_reading_) return;
    shared_->controller->agents().Close(id_);
    delete this;
  }

  Shared* const shared_;
  grpc::ServerCompletionQueue* const queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  Event opened_{this, &AgentCall::OnOpened};
  Event read_{this, &AgentCall::OnRead};
  Event written_{this, &AgentCall::OnWritten};
  Event gone_{this, &AgentCall::OnGone};
  std::string certified_host_;  // empty without TLS
  Agents::Id id_ = 0;
  grpc::ByteBuffer incoming_;
  std::optional<uint64_t> acknowledgement_;
  std::optional<v1::Directive> directive_;
  std::optional<absl::Status> end_;
  bool is_reading_ = false;  // or is about to, with the next look
  bool is_writing_ = false;
  bool is_finished_ = false;  // nothing is begun any more
  bool is_gone_ = false;
};

class AsyncTelemetryService final : public TelemetryService {
 public:
  AsyncTelemetryService(const PeerCheck* peers, TaskLoop* loop, Controller* controller)
      : loop_(loop), shared_{.peers = peers, .controller = controller} {}

  void Register(grpc::ServerBuilder* builder) override {
    builder->RegisterService(&shared_.service);
    for (int i = 0; i < kQueues; ++i) queues_.push_back(builder->AddCompletionQueue());
  }

  void Start() override {
    loop_->Post([this] {
      for (const auto& queue : queues_) shared_.to_open.insert(shared_.to_open.end(), kOpening, queue.get());
      LookForEver();
    });
  }

  void Stop() override {
    loop_->Run([this] { is_stopping_ = true; });
    stopped_.WaitForNotification();
  }

 private:
  void LookForEver() {
    const int happened = Look();
    if (is_stopping_ && shared_.calls == 0) {
      for (const auto& queue : queues_) ShutDown(*queue);
      stopped_.Notify();
      return;
    }
    if (happened < kLittle) pause_ = std::min(pause_ * 2, kSeldom);
    if (happened > kMuch) pause_ = std::max(pause_ / 2, kOften);
    loop_->PostAfter(pause_, [this] { LookForEver(); });
  }

  // What an event begins waits for the next look, or is bounded by what there is
  // to say to an agent: nobody can hold up the loop. Returns how many there were.
  int Look() {
    int happened = 0;
    for (const auto& queue : queues_) {
      void* tag = nullptr;
      bool ok = false;
      while (queue->AsyncNext(&tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) ==
             grpc::CompletionQueue::GOT_EVENT) {
        const AgentCall::Event& event = *static_cast<AgentCall::Event*>(tag);
        (event.call->*event.ended)(ok);
        ++happened;
      }
    }
    for (AgentCall* const call : std::exchange(shared_.to_read, {})) call->Read();
    for (grpc::ServerCompletionQueue* const queue : std::exchange(shared_.to_open, {})) {
      new AgentCall(&shared_, queue);
    }
    return happened;
  }

  // REQUIRES: no call is left, so that nothing can happen any more.
  static void ShutDown(grpc::ServerCompletionQueue& queue) {
    queue.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue.Next(&tag, &ok);) {
    }
  }

  TaskLoop* const loop_;
  Shared shared_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  absl::Duration pause_ = kOften;
  bool is_stopping_ = false;
  absl::Notification stopped_;
};

}  // namespace

std::unique_ptr<TelemetryService> TelemetryService::Make(const PeerCheck* peers, TaskLoop* loop,
                                                         Controller* controller) {
  return std::make_unique<AsyncTelemetryService>(peers, loop, controller);
}

}  // namespace haldane::controller
