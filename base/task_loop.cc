#include "base/task_loop.h"

#include "base/clock.h"

namespace haldane {
namespace {

// Monotonic time on an absl::Time axis, so that a wall-clock step moves no task.
absl::Time MonotonicNow() { return absl::UnixEpoch() + Clock::Real().Monotonic(); }

}  // namespace

TaskLoop::TaskLoop() : thread_([this] { Loop(); }) {}

TaskLoop::~TaskLoop() { Stop(); }

void TaskLoop::Post(std::function<void()> task) { PostAfter(absl::ZeroDuration(), std::move(task)); }

void TaskLoop::PostAfter(absl::Duration delay, std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  // Immediate tasks share one key, so that they stay in order even if two
  // threads read the clock in one order and post in the other.
  const absl::Time due = delay > absl::ZeroDuration() ? MonotonicNow() + delay : absl::InfinitePast();
  tasks_.emplace(due, std::move(task));
  changed_.Signal();
}

bool TaskLoop::Run(std::function<void()> task) {
  absl::Mutex done_mutex;
  bool done = false;
  bool accepted = false;
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      accepted = true;
      tasks_.emplace(absl::InfinitePast(), [&] {
        task();
        absl::MutexLock done_lock(&done_mutex);
        done = true;
      });
      changed_.Signal();
    }
  }
  if (!accepted) return false;
  absl::MutexLock lock(&done_mutex);
  done_mutex.Await(absl::Condition(&done));
  return true;
}

void TaskLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

void TaskLoop::Loop() {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    if (!tasks_.empty() && tasks_.begin()->first <= MonotonicNow()) {
      auto task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      mutex_.Unlock();
      task();
      task = nullptr;  // its captures may post
      mutex_.Lock();
    } else if (stopping_) {
      tasks_.clear();
      return;
    } else if (tasks_.empty()) {
      changed_.Wait(&mutex_);
    } else {
      changed_.WaitWithTimeout(&mutex_, tasks_.begin()->first - MonotonicNow());
    }
  }
}

}  // namespace haldane
