#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/task_loop.h"
#include "controller/controller.h"
#include "controller/http/event_feed.h"
#include "controller/http/http_server.h"
#include "controller/http/integrations.h"
#include "controller/http/rollout_past.h"
#include "controller/http/rpc_gateway.h"
#include "controller/http/static_files.h"
#include "controller/metrics/metrics.h"
#include "controller/store/admin_store.h"

namespace haldane::controller {

// What the HTTP side is told on the command line.
struct GatewayOptions {
  std::string listen;             // HOST:PORT; empty for none
  std::string web_root;           // directory of the web page; empty for the installed one
  std::string proxy_user_header;  // names of headers, in lower case; empty for none
  std::string proxy_groups_header;
};

// The controller's HTTP side, on one address: JSON under /v1, events, health,
// metrics, integrations, and the web page.
class Gateway {
 public:
  // Everything outlives it. Fails as HttpServer::Start does.
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const GatewayOptions& options, std::string secret,
                                                        RoleGroups groups,
                                                        std::shared_ptr<grpc::Channel> channel,
                                                        TaskLoop* loop, RefusalLog* refusals,
                                                        AdminStore* store, Metrics* metrics);
  // Stops as Stop() does.
  ~Gateway();

  int port() const { return server_->port(); }
  // On the loop, once a second.
  void Tick(const Controller& controller) { feed_.Tick(controller); }
  // Ends every stream and returns when no request is being answered. Idempotent.
  // REQUIRES: not called on the loop, and gRPC still answers.
  void Stop();

 private:
  Gateway(const GatewayOptions& options, RpcGateway::Options rpc, std::shared_ptr<grpc::Channel> channel,
          TaskLoop* loop, AdminStore* store, Metrics* metrics);
  HttpAnswer Handle(const HttpRequest& request, HttpStream& stream);
  HttpAnswer HandleApi(const HttpRequest& request);
  HttpAnswer StreamEvents(const HttpRequest& request, HttpStream& stream);
  EventFeed::News Resume(EventFeed::Place* place);
  HttpResponse Ready();
  HttpResponse MetricsText(const HttpRequest& request);

  TaskLoop* const loop_;
  AdminStore* const store_;
  Metrics* const metrics_;
  const RpcGateway rpc_;
  const Integrations integrations_;
  RolloutPast past_;
  const StaticFiles files_;
  EventFeed feed_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace haldane::controller
