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
  if (delay > absl::ZeroDuration()) {
    timers_.emplace(MonotonicNow() + delay, std::move(task));
  } else {
    ready_.push_back(std::move(task));
  }
  changed_.Signal();
}

bool TaskLoop::Run(std::function<void()> task) {
  absl::Mutex done_mutex;
  bool done = false;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    ready_.push_back([&] {
      task();
      absl::MutexLock done_lock(&done_mutex);
      done = true;
    });
    changed_.Signal();
  }
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

void TaskLoop::QueueDueTimers() {
  if (timers_.empty()) return;
  const absl::Time now = MonotonicNow();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    ready_.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
}

void TaskLoop::Loop() {
  // Dies after the lock is released, for captures may post.
  std::multimap<absl::Time, std::function<void()>> dropped;
  absl::MutexLock lock(&mutex_);
  for (;;) {
    QueueDueTimers();
    if (!ready_.empty()) {
      auto task = std::move(ready_.front());
      ready_.pop_front();
      mutex_.Unlock();
      task();
      task = nullptr;  // its captures may post
      mutex_.Lock();
    } else if (stopping_) {
      dropped.swap(timers_);
      return;
    } else if (timers_.empty()) {
      changed_.Wait(&mutex_);
    } else {
      changed_.WaitWithTimeout(&mutex_, timers_.begin()->first - MonotonicNow());
    }
  }
}

}  // namespace haldane
