#pragma once

#include "controller/http/http_message.h"
#include "controller/http/rpc_gateway.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// What pipelines of other projects call, in their own conventions (docs/api.md
// has a recipe for each). That nothing is decided yet is never an HTTP error.
// Thread-safe.
class Integrations {
 public:
  explicit Integrations(const RpcGateway* rpc) : rpc_(rpc) {}

  // Everything under /integrations/.
  HttpResponse Handle(const HttpRequest& request) const;
  // GET /v1/rollouts/NAME/gate: where a rollout stands, in flat fields (Argo
  // Rollouts' web metric, and whoever polls). Nothing for other paths.
  HttpAnswer HandleGate(const HttpRequest& request) const;

 private:
  HttpResponse Spinnaker(const HttpRequest& request, absl::string_view rest) const;
  HttpResponse Flagger(const HttpRequest& request, absl::string_view hook) const;
  HttpResponse Kayenta(const HttpRequest& request, absl::string_view rest) const;
  HttpResponse StartCanary(const HttpRequest& request, const std::string& config) const;
  HttpResponse CanaryResult(const HttpRequest& request, const std::string& id) const;

  absl::StatusOr<haldane::v1::Rollout> Get(const HttpRequest& request, const std::string& name) const;
  absl::StatusOr<haldane::v1::Rollout> Create(const HttpRequest& request,
                                              const haldane::v1::Plan& plan) const;

  const RpcGateway* const rpc_;
};

// "proceed", "rollback", "halt", "undecided", or "running": what a pipeline is to
// do, overrides included.
absl::string_view DecisionWord(const haldane::v1::Rollout& rollout);

}  // namespace haldane::controller
