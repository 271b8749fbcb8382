#include "controller/http/rollout_past.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "controller/http/past_json.h"
#include "controller/http/problem.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/audit.pb.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;

constexpr absl::string_view kRolloutsPath = "/v1/rollouts/";
constexpr absl::string_view kPastPath = "/past";
// About as many as a chart has room for.
constexpr int64_t kPoints = 240;
constexpr absl::Duration kKept = absl::Seconds(10);
constexpr size_t kMostKept = 32;
// What a log of any length may take; then it is told as far as it was read.
constexpr absl::Duration kMostTime = absl::Seconds(15);

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(time));
}

}  // namespace

HttpAnswer RolloutPast::Handle(const HttpRequest& request) {
  absl::string_view name = request.path;
  if (request.method != "GET" || !absl::ConsumePrefix(&name, kRolloutsPath) ||
      !absl::ConsumeSuffix(&name, kPastPath) || name.empty() || absl::StrContains(name, "/")) {
    return std::nullopt;
  }
  absl::StatusOr<std::string> json = Json(request, std::string(name));
  if (!json.ok()) return Problem(json.status());
  return HttpResponse{.status = 200,
                      .content_type = "application/json",
                      .body = *std::move(json) + "\n",
                      .headers = {{"Cache-Control", "no-store"}}};
}

absl::StatusOr<std::string> RolloutPast::Json(const HttpRequest& request, const std::string& name) {
  // As the caller: refuses who may not see it, also what is kept.
  haldane::v1::GetRolloutRequest get;
  get.set_rollout(name);
  haldane::v1::Rollout rollout;
  RETURN_IF_ERROR(rpc_->Call("haldane.v1.Rollouts.Get", request, get, &rollout));
  const bool ended = rollout.has_ended_at();

  absl::MutexLock lock(&mutex_);
  const absl::Time begin = absl::Now();
  if (const auto kept = kept_.find(name); kept != kept_.end() &&
                                          kept->second.revision == rollout.revision() &&
                                          (kept->second.ended || begin - kept->second.made < kKept)) {
    return kept->second.json;
  }
  const absl::Time until = ended ? TimeOf(rollout.ended_at()) : begin;
  const absl::Duration step = std::max(absl::Seconds(1), (until - TimeOf(rollout.created_at())) / kPoints);
  PastJson past(step);
  haldane::v1::ReadLogRequest page;
  page.set_rollout(name);
  for (bool more = true; more;) {
    haldane::v1::ReadLogResponse log;
    RETURN_IF_ERROR(rpc_->Call("haldane.v1.Audit.ReadLog", request, page, &log));
    for (const haldane::v1::LoggedEvent& event : log.events()) RETURN_IF_ERROR(past.Add(event));
    more = log.more() && log.events_size() > 0 && absl::Now() - begin < kMostTime;
    if (log.events_size() > 0) page.set_after(log.events(log.events_size() - 1).sequence());
    if (!more) past.SetComplete(!log.more());
  }
  if (past.empty()) {
    return absl::NotFoundError(absl::StrCat("the log of rollout ", name, " is not kept any more"));
  }
  Kept kept{.made = absl::Now(), .revision = rollout.revision(), .ended = ended, .json = past.Finish()};
  const std::string json = kept.json;
  kept_.insert_or_assign(name, std::move(kept));
  while (kept_.size() > kMostKept) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(),
                                 [](const auto& a, const auto& b) { return a.second.made < b.second.made; }));
  }
  return json;
}

}  // namespace haldane::controller
