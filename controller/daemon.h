#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/task_loop.h"
#include "controller/controller.h"
#include "controller/metrics/metrics.h"
#include "controller/server.h"
#include "controller/store/event_store.h"
#include "rpc/credentials.h"

namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace haldane::controller {

// What haldane-controller is told on its command line.
struct DaemonOptions {
  std::string listen;    // HOST:PORT of the gRPC services
  std::string database;  // file
  std::string metrics;   // HOST:PORT of /metrics; empty for none
  TlsFiles tls;
};

// Everything that runs in haldane-controller, in real time.
class Daemon {
 public:
  // Returns once all is ready and logged as "listening", with the ports.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DaemonOptions& options);
  // Stops within two seconds, whoever is connected.
  ~Daemon();

  int port() const { return server_->port(); }
  // 0 without a metrics address.
  int metrics_port() const { return metrics_port_; }

 private:
  Daemon();
  absl::Status ServeMetrics(const std::string& address);
  void TickForEver();

  // Each uses those before it.
  Metrics metrics_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<Controller> controller_;
  TaskLoop loop_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  int metrics_port_ = 0;
  absl::Duration next_tick_;  // monotonic
};

}  // namespace haldane::controller
