#include "controller/server.h"

#include <grpcpp/channel.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/api/gate_service.h"
#include "controller/api/identity_service.h"
#include "controller/api/overrides_service.h"
#include "controller/api/profiles_service.h"
#include "controller/api/rollouts_service.h"
#include "controller/fleet/fleet_service.h"
#include "controller/guard/guard_service.h"
#include "controller/ingest/telemetry_service.h"

namespace haldane::controller {
namespace {

constexpr int kMaxMessageBytes = 4 << 20;
// Calls that do not end by themselves are cancelled after this.
constexpr std::chrono::milliseconds kStopGrace{1000};

void SetChannelArguments(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // Two controllers must not share a port unawares.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A host that vanished without a word is noticed within 40 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // Clients ping once a minute; who pings more than twice that is cut off.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
}

}  // namespace

Server::Server(PeerCheck::Options options, TaskLoop* loop, Controller* controller, Metrics* metrics)
    : peers_(std::move(options), metrics),
      loop_(loop),
      controller_(controller),
      telemetry_(TelemetryService::Make(&peers_, loop, controller)),
      fleet_(MakeFleetService(&peers_, loop, controller)),
      rollouts_(MakeRolloutsService(&peers_, loop, controller)),
      gate_(MakeGateService(&peers_, loop, controller)),
      overrides_(MakeOverridesService(&peers_, loop, controller)),
      profiles_(MakeProfilesService(&peers_, loop, controller)),
      guard_(MakeGuardService(&peers_, loop, controller)) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address, const TlsFiles& tls,
                                                      TaskLoop* loop, Controller* controller,
                                                      Metrics* metrics, Access access) {
  ASSIGN_OR_RETURN(auto credentials, ServerCredentials(address, tls));
  if (tls.empty()) {
    LogWarning("traffic is not encrypted and callers are not authenticated",
               {{"listen", address},
                {"hint", "for development on one machine; otherwise give --tls_cert, --tls_key, --tls_ca"}});
  }
  PeerCheck::Options options = access.options.value_or(PeerCheck::Options{
      .tls = !tls.empty(), .anonymous = tls.empty() ? std::optional(Role::kAdmin) : std::nullopt});
  std::unique_ptr<Server> server(new Server(std::move(options), loop, controller, metrics));
  server->identity_ = MakeIdentityService(&server->peers_);
  if (access.administration.store != nullptr) {
    server->tokens_ = MakeTokensService(&server->peers_, loop, access.administration);
    server->audit_ = MakeAuditService(&server->peers_, loop, controller, access.administration);
  }
  grpc::ServerBuilder builder;
  SetChannelArguments(builder);
  int port = 0;
  builder.AddListeningPort(address, std::move(credentials), &port);
  server->telemetry_->Register(&builder);
  for (grpc::Service* service : {server->fleet_.get(), server->rollouts_.get(), server->gate_.get(),
                                 server->overrides_.get(), server->profiles_.get(), server->guard_.get()}) {
    builder.RegisterService(service);
  }
  for (grpc::Service* service : {server->identity_.get(), server->tokens_.get(), server->audit_.get()}) {
    if (service != nullptr) builder.RegisterService(service);
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address,
                                               "; it must be HOST:PORT of this machine, not in use by "
                                               "another process, and TLS files must fit together"));
  }
  server->port_ = port;
  server->telemetry_->Start();
  return server;
}

std::shared_ptr<grpc::Channel> Server::InProcessChannel() { return server_->InProcessChannel({}); }

Server::~Server() { Stop(); }

void Server::Stop() {
  if (server_ == nullptr) return;
  // A call that is never finished would keep the server from stopping at all,
  // so all are ended first, and those that still come in are ended at once.
  loop_->Run([this] { controller_->EndStreams(absl::UnavailableError("the controller is stopping")); });
  server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
  server_->Wait();
  telemetry_->Stop();
  // Calls delete themselves on the loop.
  loop_->Run([] {});
  server_.reset();
}

}  // namespace haldane::controller
