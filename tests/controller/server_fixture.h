#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/task_loop.h"
#include "controller/controller.h"
#include "controller/server.h"
#include "controller/store/memory_event_store.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {

// A controller behind real gRPC on loopback; its seconds pass by Tick().
class ServedController {
 public:
  explicit ServedController(const TlsFiles& tls = {}) {
    auto started = controller::Server::Start("127.0.0.1:0", tls, &loop, &controller, &metrics);
    EXPECT_THAT(started, IsOk());
    if (started.ok()) server = *std::move(started);
  }

  // On the controller's loop.
  void Run(const std::function<void()>& task) { loop.Run(task); }
  void Tick() {
    clock.Advance(absl::Seconds(1));
    Run([this] { controller.Tick(); });
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", server->port()); }

  SimulatedClock clock;
  controller::MemoryEventStore store;
  controller::Metrics metrics;
  controller::Controller controller{clock, store, metrics};
  TaskLoop loop;
  std::unique_ptr<controller::Server> server;
};

// A client's context that gives up instead of hanging the test.
inline std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  return context;
}

}  // namespace haldane::testing
