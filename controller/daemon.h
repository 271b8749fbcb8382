#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/task_loop.h"
#include "controller/auth/audit_log.h"
#include "controller/auth/people.h"
#include "controller/auth/token_book.h"
#include "controller/controller.h"
#include "controller/history/profile_store.h"
#include "controller/http/gateway.h"
#include "controller/metrics/metrics.h"
#include "controller/metrics/metrics_server.h"
#include "controller/notify/notifier.h"
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
  JwtOptions jwt;
  std::string role_groups;  // as RoleGroups::Parse has it
  // What a caller on loopback without TLS and without a credential may do: a
  // role, "none", or "auto": admin unless people are known by JWT or a proxy.
  std::string anonymous = "auto";
  GatewayOptions http;
  std::string webhooks;                                  // file; empty for none
  absl::Duration keep_ended = absl::InfiniteDuration();  // logs of rollouts after their end
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
  // 0 without an HTTP address.
  int http_port() const { return gateway_ == nullptr ? 0 : gateway_->port(); }
  // 0 without a metrics address.
  int metrics_port() const { return metrics_server_ == nullptr ? 0 : metrics_server_->port(); }

 private:
  Daemon();
  absl::StatusOr<Access> MakeAccess(const DaemonOptions& options);
  absl::Status StartGateway(const DaemonOptions& options, const std::string& secret);
  absl::Status StartNotifier(const DaemonOptions& options);
  void TickForEver();
  void Prune();

  // Each uses those before it.
  Metrics metrics_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<ProfileStore> profiles_;
  std::unique_ptr<GuardRunStore> guard_runs_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<AdminStore> admin_store_;
  std::unique_ptr<TokenBook> tokens_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<People> people_;
  TaskLoop loop_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::unique_ptr<Notifier> notifier_;
  absl::Duration keep_ended_ = absl::InfiniteDuration();
  absl::Duration next_tick_;  // monotonic
  uint64_t ticks_ = 0;
};

}  // namespace haldane::controller
