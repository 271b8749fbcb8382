#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task_loop.h"
#include "controller/controller.h"
#include "controller/history/profile_store.h"
#include "controller/metrics/metrics.h"
#include "controller/metrics/metrics_server.h"
#include "controller/server.h"
#include "controller/store/event_store.h"
#include "rpc/credentials.h"

namespace haldane::controller {

// What haldane-controller is told on its command line.
struct DaemonOptions {
  std::string listen;                     // HOST:PORT of the gRPC services
  std::string database;                   // file
  std::string metrics;                    // HOST:PORT of /metrics; empty for none
  std::vector<std::string> watch_always;  // services that are followed before their first rollout
  TlsFiles tls;
};

// Everything that runs in haldane-controller, in real time.
class Daemon {
 public:
  // Returns once all is ready and logged as "listening", with the ports.
  // INVALID_ARGUMENT when the options cannot be meant so, otherwise as
  // SqliteEventStore::Open, Controller::Load and Server::Start fail.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DaemonOptions& options);
  // Stops within two seconds, whoever is connected.
  ~Daemon();

  int port() const { return server_->port(); }
  // 0 without a metrics address.
  int metrics_port() const { return metrics_server_ == nullptr ? 0 : metrics_server_->port(); }

 private:
  Daemon();
  void TickForEver();

  // Each uses those before it.
  Metrics metrics_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<ProfileStore> profiles_;
  std::unique_ptr<Controller> controller_;
  TaskLoop loop_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<MetricsServer> metrics_server_;
  absl::Duration next_tick_;  // monotonic
};

}  // namespace haldane::controller
