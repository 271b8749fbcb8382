#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"

namespace haldane::guard {

// The guard's one thread: descriptors that become ready and timers that become
// due, in turn. Everything of a run belongs to it, so nothing needs a lock, and
// the process may fork. Not thread-safe.
class EventLoop {
 public:
  using Ready = std::function<void(uint32_t events)>;
  using TimerId = uint64_t;  // never 0

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls `ready` with the EPOLL* bits whenever `fd` has any of `events`
  // (level-triggered; errors and hang-ups always). Again: replaces.
  // The caller keeps the descriptor open until Unwatch.
  void Watch(int fd, uint32_t events, Ready ready);
  // No call comes any more, not even one that is due already.
  void Unwatch(int fd);

  // Calls `task` once, `delay` from now (monotonic time).
  TimerId After(absl::Duration delay, std::function<void()> task);
  // No effect when it has run already.
  void Cancel(TimerId timer);

  // Until Stop, which a callback may call.
  void Run();
  void Stop() { stopped_ = true; }
  // Waits `longest` at most for something to be ready and handles what is.
  void RunOnce(absl::Duration longest);

 private:
  int64_t NanosecondsToNextTimer() const;
  void RunDueTimers();

  UniqueFd epoll_;
  // Shared, so that a callback may replace or unwatch itself.
  absl::flat_hash_map<int, std::shared_ptr<Ready>> watched_;
  std::map<std::pair<int64_t, TimerId>, std::function<void()>> timers_;  // by due time, monotonic ns
  absl::flat_hash_map<TimerId, int64_t> due_;
  TimerId last_timer_ = 0;
  bool stopped_ = false;
};

}  // namespace haldane::guard
