#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/store/admin_store.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// What a terminal state is called outside: "proceed", "rollback", "halt",
// "undecided", "aborted", "overridden"; "running" for all others.
absl::string_view VerdictWord(haldane::v1::RolloutState state);
std::vector<absl::string_view> VerdictWords();

// What receivers are told of one event.
struct Notification {
  std::string key;  // the same whenever the same event is told; 32 hex digits
  std::string rollout, service;
  std::string verdict;  // a VerdictWord: where the rollout stands by this event
  std::string body;     // JSON; docs/api.md says what is in it
};

// What becomes of a rollout, read from the events of its log that are no ticks.
// Pure: the same events give the same bytes, whenever and however often.
//
// The notification of the last of `notes` (in order, the first is the creation),
// or nothing when it ends nothing: everything but verdicts, aborts, and decisions
// of people and their withdrawal.
std::optional<Notification> NotificationOf(const std::vector<AdminStore::Note>& notes);
// That the decision `id` of a person has expired by `now`; nothing when it was
// withdrawn or replaced before.
std::optional<Notification> ExpiryOf(const std::vector<AdminStore::Note>& notes, uint64_t id, absl::Time now);

}  // namespace haldane::controller
