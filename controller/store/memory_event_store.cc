#include "controller/store/memory_event_store.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/rollout/rollout.h"

namespace haldane::controller {

absl::StatusOr<int64_t> MemoryEventStore::Append(const NewEvent& event) {
  if (failing_kind_.empty() || failing_kind_ == event.kind) RETURN_IF_ERROR(failure_);
  std::vector<Event>& log = logs_[std::string(event.rollout)];
  if (log.empty()) order_.emplace_back(event.rollout);
  std::string digest = ChainDigest(log.empty() ? "" : log.back().digest, event.payload);
  log.push_back({std::string(event.payload), std::move(digest)});
  return ++position_;
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

void MemoryEventStore::FailAppends(absl::Status failure, absl::string_view kind) {
  failure_ = std::move(failure);
  failing_kind_ = std::string(kind);
}

void MemoryEventStore::Damage(const std::string& rollout, size_t index) {
  logs_.at(rollout).at(index).payload.at(0) ^= 1;
}

}  // namespace haldane::controller
