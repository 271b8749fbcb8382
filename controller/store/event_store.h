#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace haldane::controller {

// What an event must survive before Append returns.
enum class Durability {
  kNormal,  // death of this process
  kFull,    // loss of power; earlier events of every rollout become as safe
};

// An event on its way into the log.
struct NewEvent {
  absl::string_view rollout;
  absl::Time time;         // as in the payload; shown to people who read the file
  absl::string_view kind;  // such as "tick"; shown likewise
  absl::string_view payload;
  Durability durability = Durability::kNormal;
};

// The append-only logs of all rollouts. Each log carries a digest chain (see
// ChainDigest in rollout.h), so that a changed or damaged event is noticed.
// Not thread-safe.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // Appends to the log of `event.rollout` and returns the event's position
  // among the events of all rollouts, which only grows. On failure nothing was
  // appended and the same call may be tried again. RESOURCE_EXHAUSTED: no
  // space; UNAVAILABLE: locked by somebody; DATA_LOSS: damaged.
  virtual absl::StatusOr<int64_t> Append(const NewEvent& event) = 0;

  // Gives every payload of one log to `consume`, first to last; none when there
  // is no such log. DATA_LOSS, naming the event, where the chain does not hold;
  // the events before it have been given then. Stops at the first failure of
  // `consume` and returns it.
  virtual absl::Status Load(absl::string_view rollout,
                            absl::FunctionRef<absl::Status(absl::string_view payload)> consume) = 0;

  // Names of all logs, in the order in which they were begun.
  virtual absl::StatusOr<std::vector<std::string>> ListRollouts() = 0;

  // What was made of a whole log, kept beside it so that a restart need not read
  // it. The log is what counts: this is never believed against it.
  struct Ending {
    std::string view;
    std::vector<std::string> notes;  // payloads of the log's events but ticks, in order
  };
  // Keeps `view` as made of the log as it is now.
  virtual absl::Status KeepEnding(absl::string_view rollout, absl::string_view view) = 0;
  // Nothing when none was kept, or not after the log's last event.
  virtual absl::StatusOr<std::optional<Ending>> LoadEnding(absl::string_view rollout) = 0;

  // What is left of a log that was removed.
  struct PrunedLog {
    int64_t events = 0;
    std::string digest;  // of the last one
  };
  // Removes a log but for that, all at once. NOT_FOUND; FAILED_PRECONDITION when
  // it has the newest of all events, whose position must not be given again.
  virtual absl::StatusOr<PrunedLog> Prune(absl::string_view rollout, absl::Time now) = 0;
};

}  // namespace haldane::controller
