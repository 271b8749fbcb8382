#include "controller/store/memory_event_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/rollout/rollout.h"

namespace haldane::controller {

absl::StatusOr<int64_t> MemoryEventStore::Append(const NewEvent& event) {
  if (failing_kind_.empty() || failing_kind_ == event.kind) RETURN_IF_ERROR(failure_);
  std::vector<Event>& log = logs_[std::string(event.rollout)];
  if (log.empty()) order_.emplace_back(event.rollout);
  std::string digest = ChainDigest(log.empty() ? "" : log.back().digest, event.payload);
  log.push_back({std::string(event.payload), std::move(digest), ++position_, event.kind == "tick"});
  return position_;
}

absl::Status MemoryEventStore::Load(absl::string_view rollout,
                                    absl::FunctionRef<absl::Status(absl::string_view payload)> consume) {
  const auto log = logs_.find(std::string(rollout));
  if (log == logs_.end()) return absl::OkStatus();
  std::string digest;
  size_t sequence = 0;
  for (const Event& event : log->second) {
    ++sequence;
    digest = ChainDigest(digest, event.payload);
    if (digest != event.digest) {
      return absl::DataLossError(
          absl::StrCat("rollout ", rollout, ": event ", sequence, " does not match its digest"));
    }
    RETURN_IF_ERROR(consume(event.payload));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> MemoryEventStore::ListRollouts() { return order_; }

absl::Status MemoryEventStore::KeepEnding(absl::string_view rollout, absl::string_view view) {
  const std::string name(rollout);
  endings_[name] = {std::string(view), logs_.at(name).back().digest};
  return absl::OkStatus();
}

absl::StatusOr<std::optional<EventStore::Ending>> MemoryEventStore::LoadEnding(absl::string_view rollout) {
  const auto kept = endings_.find(std::string(rollout));
  const auto log = logs_.find(std::string(rollout));
  if (kept == endings_.end() || log == logs_.end() || kept->second.digest != log->second.back().digest) {
    return std::nullopt;
  }
  Ending ending{.view = kept->second.view, .notes = {}};
  for (const Event& event : log->second) {
    if (!event.tick) ending.notes.push_back(event.payload);
  }
  return ending;
}

absl::StatusOr<EventStore::PrunedLog> MemoryEventStore::Prune(absl::string_view rollout, absl::Time) {
  const std::string name(rollout);
  const auto log = logs_.find(name);
  if (log == logs_.end()) return absl::NotFoundError(absl::StrCat("there is no log of rollout ", rollout));
  if (log->second.back().position == position_) {
    return absl::FailedPreconditionError(absl::StrCat("rollout ", rollout, " has the newest event"));
  }
  PrunedLog pruned{static_cast<int64_t>(log->second.size()), log->second.back().digest};
  logs_.erase(log);
  endings_.erase(name);
  order_.erase(std::find(order_.begin(), order_.end(), name));
  return pruned;
}

void MemoryEventStore::FailAppends(absl::Status failure, absl::string_view kind) {
  failure_ = std::move(failure);
  failing_kind_ = std::string(kind);
}

void MemoryEventStore::Damage(const std::string& rollout, size_t index) {
  logs_.at(rollout).at(index).payload.at(0) ^= 1;
}

}  // namespace haldane::controller
