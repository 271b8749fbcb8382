#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace haldane {

// One thread that runs tasks in the order they were posted. State that belongs
// to a loop is touched by its tasks only, and so needs no lock. Callbacks of
// libraries (gRPC above all) do nothing but Post.
//
// Thread-safe. Tasks must not block for long and must not throw.
class TaskLoop {
 public:
  TaskLoop();
  // Stops as Stop() does.
  ~TaskLoop();
  TaskLoop(const TaskLoop&) = delete;
  TaskLoop& operator=(const TaskLoop&) = delete;

  // Runs `task` on the loop's thread, after all that were posted before.
  // Dropped when the loop has stopped.
  void Post(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs `task` once `delay` has passed (monotonic time).
  void PostAfter(absl::Duration delay, std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs `task` and waits until it has run. False when the loop has stopped.
  // REQUIRES: not called from a task.
  bool Run(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs what is already due, drops the rest, and joins the thread. Idempotent.
  // REQUIRES: not called from a task.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  // Due timers join the queue behind what is already there: neither a stream of
  // posts nor a stream of timers can starve the other.
  void QueueDueTimers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::deque<std::function<void()>> ready_ ABSL_GUARDED_BY(mutex_);
  // Keyed by due time; equal keys keep their order of insertion.
  std::multimap<absl::Time, std::function<void()>> timers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::CondVar changed_;
  std::thread thread_;
};

}  // namespace haldane
