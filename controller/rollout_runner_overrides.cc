// Overrides of a rollout, which may follow its end.
#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "controller/rollout_runner.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {

absl::Status RolloutRunner::Override(v1::Override override) {
  v1::RolloutEvent event;
  *event.mutable_overridden() = std::move(override);
  return active() ? Record(std::move(event), "overridden", Durability::kFull)
                  : RecordAfterEnd(std::move(event), "overridden");
}

absl::Status RolloutRunner::Revoke(v1::Revocation revocation) {
  v1::RolloutEvent event;
  *event.mutable_override_revoked() = std::move(revocation);
  return active() ? Record(std::move(event), "override_revoked", Durability::kFull)
                  : RecordAfterEnd(std::move(event), "override_revoked");
}

absl::Status RolloutRunner::RecordAfterEnd(v1::RolloutEvent event, absl::string_view kind) {
  const absl::Time time = std::max(context_.clock.Now(), last_event_at_);
  *event.mutable_time() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
  // What cannot be applied must not be in the log.
  OverrideLedger next = overrides_;
  RETURN_IF_ERROR(event.has_overridden() ? next.Apply(event.overridden())
                                         : next.Apply(event.override_revoked()));
  const std::string payload = event.SerializeAsString();
  RETURN_IF_ERROR(context_.store.Append({name_, time, kind, payload, Durability::kFull}).status());
  overrides_ = std::move(next);
  last_event_at_ = time;
  last_view_.set_revision(last_view_.revision() + 1);
  KeepEnding();
  ++version_;
  return absl::OkStatus();
}

}  // namespace haldane::controller
