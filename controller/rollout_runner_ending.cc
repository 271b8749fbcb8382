// What is kept of a rollout that has ended, so that a restart need not fold its
// log: a view beside the log, and the log's few events that are no ticks.
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "controller/rollout_runner.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {

void RolloutRunner::KeepEnding() {
  // Without it the log is read, which takes longer and says the same.
  if (const absl::Status kept = context_.store.KeepEnding(name_, last_view_.SerializeAsString());
      !kept.ok()) {
    LogWarning("the end of a rollout was not kept beside its log",
               {{"rollout", name_}, {"why", kept.message()}});
  }
}

absl::StatusOr<bool> RolloutRunner::LoadEnding() {
  ASSIGN_OR_RETURN(const std::optional<EventStore::Ending> ending, context_.store.LoadEnding(name_));
  if (!ending || ending->notes.empty()) return false;
  v1::Rollout view;
  OverrideLedger overrides;
  v1::RolloutEvent event;
  if (!view.ParseFromString(ending->view) || view.name() != name_ || !view.has_ended_at()) return false;
  for (const std::string& note : ending->notes) {
    if (!event.ParseFromString(note)) return false;
    if (event.has_overridden()) RETURN_IF_ERROR(overrides.Apply(event.overridden()));
    if (event.has_override_revoked()) RETURN_IF_ERROR(overrides.Apply(event.override_revoked()));
  }
  last_view_ = std::move(view);
  overrides_ = std::move(overrides);
  last_event_at_ =
      absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(event.time()));
  ended_ = true;
  return true;
}

}  // namespace haldane::controller
