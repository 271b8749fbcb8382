#include "controller/http/gateway.h"

#include <prometheus/text_serializer.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "controller/http/problem.h"

namespace haldane::controller {
namespace {

constexpr absl::Duration kReadyWithin = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(const GatewayOptions& options, std::string secret,
                                                        RoleGroups groups,
                                                        std::shared_ptr<grpc::Channel> channel,
                                                        TaskLoop* loop, RefusalLog* refusals,
                                                        AdminStore* store, Metrics* metrics) {
  RpcGateway::Options rpc{.secret = std::move(secret),
                          .proxy_user_header = options.proxy_user_header,
                          .proxy_groups_header = options.proxy_groups_header,
                          .groups = std::move(groups)};
  std::unique_ptr<Gateway> gateway(
      new Gateway(options, std::move(rpc), std::move(channel), loop, store, metrics));
  auto server = HttpServer::Start(
      options.listen,
      [gateway = gateway.get()](const HttpRequest& request, HttpStream& stream) {
        return gateway->Handle(request, stream);
      },
      refusals);
  if (!server.ok()) return server.status();
  gateway->server_ = *std::move(server);
  return gateway;
}

Gateway::Gateway(const GatewayOptions& options, RpcGateway::Options rpc,
                 std::shared_ptr<grpc::Channel> channel, TaskLoop* loop, AdminStore* store, Metrics* metrics)
    : loop_(loop),
      store_(store),
      metrics_(metrics),
      rpc_(std::move(rpc), std::move(channel)),
      integrations_(&rpc_),
      past_(&rpc_),
      files_(options.web_root.empty() ? InstalledWebRoot() : options.web_root),
      feed_(store) {}

Gateway::~Gateway() { Stop(); }

void Gateway::Stop() {
  feed_.End();
  if (server_ != nullptr) server_->Stop();
}

HttpAnswer Gateway::Handle(const HttpRequest& request, HttpStream& stream) {
  if (request.path == "/healthz") return HttpResponse{.body = "{\"status\":\"alive\"}\n", .headers = {}};
  if (request.path == "/readyz") return Ready();
  if (request.path == "/metrics") return MetricsText(request);
  if (request.path == "/v1/events" && request.method == "GET") return StreamEvents(request, stream);
  if (absl::StartsWith(request.path, "/integrations/")) return integrations_.Handle(request);
  if (absl::StartsWith(request.path, "/v1/")) return HandleApi(request);
  if (request.method != "GET") return Problem(405, "Wrong method", "only GET is possible here");
  return files_.Get(request.path);
}

HttpAnswer Gateway::HandleApi(const HttpRequest& request) {
  if (HttpAnswer answer = integrations_.HandleGate(request)) return answer;
  if (HttpAnswer answer = past_.Handle(request)) return answer;
  const Match match = FindRoute(request.method, request.path);
  if (match.route != nullptr) return rpc_.Handle(match, request);
  return match.path_known ? Problem(405, "Wrong method", absl::StrCat("not possible with ", request.method))
                          : Problem(404, "Not found", "there is no such call; see docs/api.md");
}

HttpResponse Gateway::Ready() {
  const auto answered = std::make_shared<absl::Notification>();
  loop_->Post([answered] { answered->Notify(); });
  if (answered->WaitForNotificationWithTimeout(kReadyWithin)) {
    return HttpResponse{.body = "{\"status\":\"ready\"}\n", .headers = {}};
  }
  return Problem(503, "Not ready", "the controller's loop is busy");
}

HttpResponse Gateway::MetricsText(const HttpRequest& request) {
  if (const auto caller = rpc_.Identify(request); !caller.ok()) return Problem(caller.status());
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = prometheus::TextSerializer().Serialize(metrics_->registry()->Collect()),
          .headers = {}};
}

}  // namespace haldane::controller
