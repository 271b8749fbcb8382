#pragma once

#include <deque>
#include <optional>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// What a gate waits for: a view of the rollout, the end of an attempt to follow
// it (Ok: the controller closed the stream), or that somebody interrupts.
struct Interrupt {};
using GateEvent = std::variant<haldane::v1::Rollout, absl::Status, Interrupt>;

// Brings events from the thread that follows to the one that decides.
class GateEvents {
 public:
  // `interrupt_fd` is readable when somebody interrupts; -1 for never.
  explicit GateEvents(int interrupt_fd);

  // Thread-safe.
  void Push(GateEvent event) ABSL_LOCKS_EXCLUDED(mutex_);
  // The oldest event, or nothing once `patience` has passed.
  std::optional<GateEvent> Next(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::optional<GateEvent> Take() ABSL_LOCKS_EXCLUDED(mutex_);

  const int interrupt_fd_;
  UniqueFd wake_;  // an eventfd: readable while events_ is not empty
  absl::Mutex mutex_;
  std::deque<GateEvent> events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::cli
