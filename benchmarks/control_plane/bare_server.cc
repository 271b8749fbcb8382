#include "benchmarks/control_plane/bare_server.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <cstdio>
#include <memory>

#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::benchmarks {
namespace {

class Stream final
    : public grpc::ServerBidiReactor<haldane::v1::AgentMessage, haldane::v1::ControllerMessage> {
 public:
  Stream() { StartRead(&message_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    if (!message_.has_report()) {
      StartRead(&message_);
      return;
    }
    answer_.mutable_ack()->set_sequence(message_.report().sequence());
    StartWrite(&answer_);
  }
  void OnWriteDone(bool) override { StartRead(&message_); }
  void OnDone() override { delete this; }

 private:
  haldane::v1::AgentMessage message_;
  haldane::v1::ControllerMessage answer_;
};

class Service final : public haldane::v1::Telemetry::CallbackService {
  grpc::ServerBidiReactor<haldane::v1::AgentMessage, haldane::v1::ControllerMessage>* Stream(
      grpc::CallbackServerContext*) override {
    return new benchmarks::Stream();
  }
};

}  // namespace

void RunBareServer() {
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  fprintf(stderr, "{\"address\":\"127.0.0.1:%d\",\"version\":\"bare\"}\n", port);
  server->Wait();
}

}  // namespace haldane::benchmarks
