#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/task_loop.h"
#include "controller/api/admin_services.h"
#include "controller/auth/peer_identity.h"
#include "controller/controller.h"
#include "rpc/credentials.h"

namespace grpc {
class Channel;
class Server;
class Service;
}  // namespace grpc

namespace haldane::controller {

class TelemetryService;

// Whom the server believes, and what administrators have; all outlive it.
struct Access {
  // Nothing: an anonymous caller is an admin without TLS (which only a loopback
  // address may be), and nobody with it.
  std::optional<PeerCheck::Options> options;
  Administration administration;  // without a store: no services for administrators
};

// The controller's gRPC side: all services on one address.
class Server {
 public:
  // Listens on `address` ("127.0.0.1:7460"; port 0 takes any). All calls are
  // tasks of `loop`, which must run until Stop has returned and owns the
  // controller from now on. Fails as rpc/credentials.h says, and with
  // UNAVAILABLE when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address, const TlsFiles& tls,
                                                       TaskLoop* loop, Controller* controller,
                                                       Metrics* metrics, Access access = {});
  // Stops as Stop() does.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port that it listens on; 0 for a unix socket.
  int port() const { return port_; }
  // A channel to this server inside the process.
  std::shared_ptr<grpc::Channel> InProcessChannel();
  // Ends every stream and waiting call with UNAVAILABLE, and returns when all
  // are gone, within two seconds. Idempotent. REQUIRES: not called on the loop.
  void Stop();

 private:
  Server(PeerCheck::Options options, TaskLoop* loop, Controller* controller, Metrics* metrics);

  const PeerCheck peers_;
  TaskLoop* const loop_;
  Controller* const controller_;
  const std::unique_ptr<TelemetryService> telemetry_;
  std::unique_ptr<grpc::Service> fleet_, rollouts_, gate_, overrides_, profiles_, guard_;
  std::unique_ptr<grpc::Service> identity_, tokens_, audit_;  // the last two: none without administration
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace haldane::controller
