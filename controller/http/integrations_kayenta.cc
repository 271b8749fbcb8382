// The part of Kayenta's REST interface that Spinnaker's canary stage and Argo
// Rollouts' kayenta provider use. A canary config is a service; scopes are
// revisions; the score is 100 to go on, 0 to go back or stop, 50 undecided.
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "controller/http/integration_json.h"
#include "controller/http/integrations.h"
#include "controller/http/problem.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {
namespace {

using haldane::v1::Finding;

// Kayenta's errors are {"message"}.
HttpResponse KayentaError(const absl::Status& status) {
  HttpResponse response = Problem(status);
  response.content_type = "application/json";
  response.body = absl::StrCat("{\"message\":", JsonQuote(status.message()), "}\n");
  return response;
}

absl::string_view ClassificationOf(const Finding& finding) {
  switch (finding.state()) {
    case haldane::v1::FINDING_STATE_HARMFUL:
      return finding.bad() == haldane::v1::DIRECTION_DOWN ? "Low" : "High";
    case haldane::v1::FINDING_STATE_CLEAR:
      return "Pass";
    case haldane::v1::FINDING_STATE_NO_DATA:
      return "Nodata";
    default:
      return "Undecided";
  }
}

// Counts as numbers of observations: clients refuse to go without them.
std::string StatsJson(const haldane::v1::CohortTotals& totals) {
  const double exposure = static_cast<double>(totals.exposure());
  const double rate = exposure > 0 ? static_cast<double>(totals.events()) / exposure : 0;
  return absl::StrCat("{\"stats\":{\"count\":", static_cast<uint64_t>(exposure), ",\"mean\":", rate,
                      ",\"min\":0,\"max\":0,\"std\":0}}");
}

std::string ResultJson(const Finding& finding) {
  const double ratio = std::isfinite(finding.ratio()) ? finding.ratio() : 0;
  return absl::StrCat("{\"name\":", JsonQuote(finding.signal()), ",\"id\":", JsonQuote(finding.signal()),
                      ",\"tags\":{},\"classification\":", JsonQuote(ClassificationOf(finding)),
                      ",\"classificationReason\":", JsonQuote(finding.reason()),
                      ",\"groups\":[\"haldane\"],\"experimentMetadata\":", StatsJson(finding.canary()),
                      ",\"controlMetadata\":", StatsJson(finding.baseline()),
                      ",\"resultMetadata\":{\"ratio\":", ratio,
                      "},\"critical\":", finding.action() == haldane::v1::ACTION_ROLLBACK ? "true" : "false",
                      ",\"muted\":", finding.muted() ? "true" : "false", "}");
}

std::string JudgeResultJson(const haldane::v1::Rollout& rollout) {
  const absl::string_view decision = DecisionWord(rollout);
  const int score = decision == "proceed" ? 100 : decision == "undecided" ? 50 : 0;
  const absl::string_view word = score == 100 ? "Pass" : score == 50 ? "Marginal" : "Fail";
  const std::string scored =
      absl::StrCat("\"score\":", score, ",\"classification\":", JsonQuote(word),
                   ",\"classificationReason\":", JsonQuote(rollout.verdict().sentence()));
  return absl::StrCat("{\"judgeName\":\"haldane\",\"results\":[",
                      absl::StrJoin(rollout.verdict().findings(), ",",
                                    [](std::string* out, const Finding& f) { out->append(ResultJson(f)); }),
                      "],\"groupScores\":[{\"name\":\"haldane\",", scored, "}],\"score\":{", scored, "}}");
}

std::string CanaryJson(const haldane::v1::Rollout& rollout) {
  const bool complete = DecisionWord(rollout) != "running";
  const bool aborted = rollout.verdict().state() == haldane::v1::ROLLOUT_STATE_ABORTED;
  const absl::string_view status = aborted ? "canceled" : complete ? "succeeded" : "running";
  const int64_t started = rollout.created_at().seconds() * 1000, ended = rollout.ended_at().seconds() * 1000;
  std::string json = absl::StrCat(
      "{\"application\":", JsonQuote(rollout.plan().service()), ",\"pipelineId\":", JsonQuote(rollout.name()),
      ",\"parentPipelineExecutionId\":\"\",\"stageStatus\":{\"judge\":", JsonQuote(status),
      "},\"complete\":", complete ? "true" : "false", ",\"status\":", JsonQuote(status),
      ",\"canaryConfigId\":", JsonQuote(rollout.plan().service()), ",\"buildTimeMillis\":", started,
      ",\"startTimeMillis\":", started);
  if (complete) absl::StrAppend(&json, ",\"endTimeMillis\":", ended);
  if (complete && !aborted) {
    absl::StrAppend(&json, ",\"result\":{\"judgeResult\":", JudgeResultJson(rollout),
                    ",\"canaryDuration\":\"PT", (ended - started) / 1000, "S\"}");
  }
  return json + "}\n";
}

// Compares the revisions that the first scope names.
absl::StatusOr<haldane::v1::Plan> PlanOfExecution(const HttpRequest& request, const std::string& config,
                                                  const google::protobuf::Struct& body) {
  google::protobuf::Struct scopes = ObjectOf(body, "scopes");
  if (scopes.fields().empty()) scopes = ObjectOf(ObjectOf(body, "executionRequest"), "scopes");
  if (scopes.fields().empty()) return absl::InvalidArgumentError("scopes are missing");
  const auto found = scopes.fields().find("default");
  const google::protobuf::Struct& scope =
      (found == scopes.fields().end() ? scopes.fields().begin()->second : found->second).struct_value();
  const std::string canary = TextOf(ObjectOf(scope, "experimentScope"), "scope");
  const std::string baseline = TextOf(ObjectOf(scope, "controlScope"), "scope");
  if (canary.empty() || baseline.empty()) {
    return absl::InvalidArgumentError(
        "controlScope.scope and experimentScope.scope must be the two revisions");
  }
  std::string service = config;
  if (service.empty()) service = std::string(request.Query("application"));
  haldane::v1::Plan plan = PlanOf(service, canary, baseline);
  const std::string digest =
      Sha256(absl::StrCat(request.Query("parentPipelineExecutionId"), "\n", config, "\n", request.body));
  plan.set_rollout(absl::StrCat("kayenta-", absl::BytesToHexString(digest.substr(0, 8))));
  return plan;
}

HttpResponse Ok(std::string body) { return HttpResponse{.body = std::move(body), .headers = {}}; }

}  // namespace

HttpResponse Integrations::StartCanary(const HttpRequest& request, const std::string& config) const {
  const auto body = ParseJsonObject(request.body);
  if (!body.ok()) return KayentaError(body.status());
  const std::string service = config.empty() ? TextOf(ObjectOf(*body, "canaryConfig"), "name") : config;
  const auto plan = PlanOfExecution(request, service, *body);
  if (!plan.ok()) return KayentaError(plan.status());
  const auto rollout = Create(request, *plan);
  if (!rollout.ok()) return KayentaError(rollout.status());
  return Ok(absl::StrCat("{\"canaryExecutionId\":", JsonQuote(rollout->name()), "}\n"));
}

HttpResponse Integrations::CanaryResult(const HttpRequest& request, const std::string& id) const {
  const auto rollout = Get(request, id);
  return rollout.ok() ? Ok(CanaryJson(*rollout)) : KayentaError(rollout.status());
}

HttpResponse Integrations::Kayenta(const HttpRequest& request, absl::string_view rest) const {
  if (const auto caller = rpc_->Identify(request); !caller.ok()) return KayentaError(caller.status());
  const bool get = request.method == "GET", post = request.method == "POST";
  if (get && rest == "/credentials") return Ok("[]\n");
  if (get && rest == "/canaryConfig") {
    const std::string name = JsonQuote(request.Query("application"));
    return Ok(absl::StrCat("[{\"id\":", name, ",\"name\":", name,
                           ",\"updatedTimestamp\":0,\"updatedTimestampIso\":\"1970-01-01T00:00:00Z\","
                           "\"applications\":[",
                           name, "]}]\n"));
  }
  if (post && rest == "/canary") return StartCanary(request, "");
  if (absl::ConsumePrefix(&rest, "/canary/")) {
    if (post) return StartCanary(request, std::string(rest));
    if (get) return CanaryResult(request, std::string(rest));
  }
  if (request.method == "PUT" && absl::ConsumePrefix(&rest, "/pipelines/") &&
      absl::ConsumeSuffix(&rest, "/cancel")) {
    haldane::v1::AbortRolloutRequest abort;
    abort.set_rollout(std::string(rest));
    abort.set_reason("the pipeline was cancelled");
    haldane::v1::Rollout rollout;
    const absl::Status status = rpc_->Call("haldane.v1.Rollouts.Abort", request, abort, &rollout);
    return status.ok() ? Ok("{}\n") : KayentaError(status);
  }
  return KayentaError(absl::NotFoundError("this part of Kayenta's interface is not served; see docs/api.md"));
}

}  // namespace haldane::controller
