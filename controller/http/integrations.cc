#include "controller/http/integrations.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/http/integration_json.h"
#include "controller/http/problem.h"
#include "plan/plan_yaml.h"

namespace haldane::controller {
namespace {

constexpr absl::string_view kRollouts = "/v1/rollouts/";
constexpr absl::string_view kGate = "/gate";

// A number that JSON has, or null.
std::string Number(double value) { return std::isfinite(value) ? absl::StrCat(value) : "null"; }

std::string GateJson(const haldane::v1::Rollout& rollout) {
  const haldane::v1::Verdict& verdict = rollout.verdict();
  const bool overridden = verdict.state() == haldane::v1::ROLLOUT_STATE_OVERRIDDEN;
  const absl::string_view decision = DecisionWord(rollout);
  double spent = 0;
  for (const haldane::v1::Finding& finding : verdict.findings())
    spent = std::max(spent, finding.budget_spent());
  return absl::StrCat(
      "{\"rollout\":", JsonQuote(rollout.name()), ",\"decision\":", JsonQuote(decision),
      ",\"verdict\":", JsonQuote(overridden ? "overridden" : decision),
      ",\"decided\":", decision == "running" ? "false" : "true",
      ",\"overridden\":", overridden ? "true" : "false", ",\"held\":", rollout.held() ? "true" : "false",
      ",\"reason\":", JsonQuote(verdict.sentence()), ",\"evidence\":", Number(verdict.combined_evidence()),
      ",\"bound\":", Number(verdict.combined_bound()), ",\"budget_left\":", Number(1 - spent),
      ",\"url\":", JsonQuote(absl::StrCat("/rollouts/", rollout.name())), "}\n");
}

}  // namespace

absl::string_view DecisionWord(const haldane::v1::Rollout& rollout) {
  switch (rollout.decision()) {
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return "proceed";
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return "rollback";
    case haldane::v1::ROLLOUT_STATE_HALTED:
    case haldane::v1::ROLLOUT_STATE_ABORTED:
      return "halt";
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
      return "undecided";
    default:
      return "running";
  }
}

absl::StatusOr<haldane::v1::Rollout> Integrations::Get(const HttpRequest& request,
                                                       const std::string& name) const {
  haldane::v1::GetRolloutRequest get;
  get.set_rollout(name);
  haldane::v1::Rollout rollout;
  RETURN_IF_ERROR(rpc_->Call("haldane.v1.Rollouts.Get", request, get, &rollout));
  return rollout;
}

absl::StatusOr<haldane::v1::Rollout> Integrations::Create(const HttpRequest& request,
                                                          const haldane::v1::Plan& plan) const {
  haldane::v1::CreateRolloutRequest create;
  *create.mutable_plan() = plan;
  haldane::v1::Rollout rollout;
  RETURN_IF_ERROR(rpc_->Call("haldane.v1.Rollouts.Create", request, create, &rollout));
  return rollout;
}

HttpAnswer Integrations::HandleGate(const HttpRequest& request) const {
  absl::string_view name = request.path;
  if (request.method != "GET" || !absl::ConsumePrefix(&name, kRollouts) ||
      !absl::ConsumeSuffix(&name, kGate) || absl::StrContains(name, "/")) {
    return std::nullopt;
  }
  const auto rollout = Get(request, std::string(name));
  if (!rollout.ok()) return Problem(rollout.status());
  return HttpResponse{.body = GateJson(*rollout), .headers = {{"Cache-Control", "no-store"}}};
}

HttpResponse Integrations::Handle(const HttpRequest& request) const {
  const bool json = absl::StartsWith(request.Header("content-type"), "application/json");
  if (request.method == "POST" && !request.body.empty() && !json) {
    return Problem(415, "Unsupported type", "Content-Type must be application/json");
  }
  absl::string_view rest = request.path;
  if (absl::ConsumePrefix(&rest, "/integrations/spinnaker/rollouts")) return Spinnaker(request, rest);
  if (absl::ConsumePrefix(&rest, "/integrations/flagger/")) return Flagger(request, rest);
  if (absl::ConsumePrefix(&rest, "/integrations/kayenta")) return Kayenta(request, rest);
  return Problem(404, "Not found", "there is no such integration; see docs/api.md");
}

// Webhook stage: POST starts (202 and Location), GET is polled, POST .../cancel
// withdraws.
HttpResponse Integrations::Spinnaker(const HttpRequest& request, absl::string_view rest) const {
  if (rest.empty() && request.method == "POST") {
    const auto plan = plan::ParsePlan(request.body, "body");
    if (!plan.ok()) return Problem(plan.status());
    const auto rollout = Create(request, *plan);
    if (!rollout.ok()) return Problem(rollout.status());
    const std::string url = absl::StrCat("/integrations/spinnaker/rollouts/", rollout->name());
    return {
        .status = 202,
        .content_type = "application/json",
        .body = absl::StrCat("{\"rollout\":", JsonQuote(rollout->name()), ",\"url\":", JsonQuote(url), "}\n"),
        .headers = {{"Location", url}}};
  }
  if (!absl::ConsumePrefix(&rest, "/")) return Problem(404, "Not found", "no such call");
  if (absl::ConsumeSuffix(&rest, "/cancel") && request.method == "POST") {
    haldane::v1::AbortRolloutRequest abort;
    abort.set_rollout(std::string(rest));
    abort.set_reason("the Spinnaker stage was cancelled");
    haldane::v1::Rollout rollout;
    const absl::Status status = rpc_->Call("haldane.v1.Rollouts.Abort", request, abort, &rollout);
    return status.ok() ? HttpResponse{.body = "{}\n", .headers = {}} : Problem(status);
  }
  const auto rollout = Get(request, std::string(rest));
  if (!rollout.ok()) return Problem(rollout.status());
  const std::string word(DecisionWord(*rollout));
  // A string: Spinnaker takes a number for progress, and only 100 for success.
  return {.status = 200,
          .content_type = "application/json",
          .body = absl::StrCat("{\"status\":", JsonQuote(word),
                               ",\"message\":", JsonQuote(rollout->verdict().sentence()),
                               ",\"progress\":", JsonQuote(rollout->verdict().sentence()), "}\n"),
          .headers = {}};
}

// Flagger's webhooks: up to 202 is a yes, anything else a no.
HttpResponse Integrations::Flagger(const HttpRequest& request, absl::string_view hook) const {
  if (request.method != "POST") return Problem(405, "Wrong method", "hooks are posted");
  const auto body = ParseJsonObject(request.body);
  if (!body.ok()) return Problem(body.status());
  const google::protobuf::Struct metadata = ObjectOf(*body, "metadata");
  std::string name = TextOf(metadata, "rollout");
  if (name.empty()) {
    name = absl::StrCat("flagger-", TextOf(*body, "namespace"), ".", TextOf(*body, "name"), "-",
                        TextOf(*body, "checksum"));
  }
  const HttpResponse no = Problem(403, "No", "not now");
  if (hook == "event" || hook == "post-rollout") return HttpResponse{.body = "{}\n", .headers = {}};
  if (hook == "confirm-rollout") {
    haldane::v1::Plan plan =
        PlanOf(TextOf(metadata, "service"), TextOf(metadata, "canary"), TextOf(metadata, "baseline"));
    plan.set_rollout(name);
    const auto rollout = Create(request, plan);
    if (!rollout.ok()) return Problem(rollout.status());
    return HttpResponse{.body = GateJson(*rollout), .headers = {}};
  }
  const auto rollout = Get(request, name);
  // Never a yes by accident: for the rollback hook it would be a rollback.
  if (!rollout.ok()) return Problem(rollout.status());
  const absl::string_view decision = DecisionWord(*rollout);
  const bool observing =
      rollout->verdict().state() == haldane::v1::ROLLOUT_STATE_OBSERVING && !rollout->held();
  bool yes = false;
  if (hook == "confirm-traffic-increase")
    yes = decision == "proceed" || observing;
  else if (hook == "confirm-promotion")
    yes = decision == "proceed";
  else if (hook == "rollback")
    yes = decision == "rollback";
  else
    return Problem(404, "Not found", "no such hook; see docs/api.md");
  HttpResponse answer = yes ? HttpResponse{.body = "", .headers = {}} : no;
  if (yes)
    answer.body = GateJson(*rollout);
  else
    answer = Problem(403, "No", rollout->verdict().sentence());
  return answer;
}

}  // namespace haldane::controller
