#include "base/task_loop.h"

#include <algorithm>

#include "base/clock.h"

namespace haldane {
namespace {

// Monotonic time on an absl::Time axis, so that a wall-clock step moves no task.
absl::Time MonotonicNow() { return absl::UnixEpoch() + Clock::Real().Monotonic(); }

}  // namespace

TaskLoop::TaskLoop() : thread_([this] { Loop(); }) {}

TaskLoop::~TaskLoop() { Stop(); }

void TaskLoop::Push(std::function<void()> task) {
  const bool is_awaited = !ready_.empty() && due_ == absl::InfinitePast();
  ready_.push_back(std::move(task));
  due_ = absl::InfinitePast();
  if (!is_awaited) changed_.Signal();
}

void TaskLoop::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) Push(std::move(task));
}

void TaskLoop::PostSoon(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  const bool is_first = ready_.empty();
  ready_.push_back(std::move(task));
  if (!is_first) return;
  due_ = MonotonicNow() + kGather;
  changed_.Signal();
}

void TaskLoop::PostAfter(absl::Duration delay, std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  if (delay <= absl::ZeroDuration()) return Push(std::move(task));
  timers_.emplace(MonotonicNow() + delay, std::move(task));
  changed_.Signal();
}

bool TaskLoop::Run(std::function<void()> task) {
  absl::Mutex done_mutex;
  bool done = false;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    Push([&] {
      task();
      absl::MutexLock done_lock(&done_mutex);
      done = true;
    });
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
    due_ = absl::InfinitePast();
  }
}

void TaskLoop::Loop() {
  // Dies after the lock is released, for captures may post.
  std::multimap<absl::Time, std::function<void()>> dropped;
  std::vector<std::function<void()>> running;
  absl::MutexLock lock(&mutex_);
  for (;;) {
    QueueDueTimers();
    const bool is_idle = ready_.empty();
    if (!is_idle && (stopping_ || due_ <= MonotonicNow())) {
      running.swap(ready_);
      mutex_.Unlock();
      for (std::function<void()>& task : running) {
        task();
        task = nullptr;  // its captures may post
      }
      running.clear();
      mutex_.Lock();
    } else if (stopping_) {
      dropped.swap(timers_);
      return;
    } else {
      absl::Time wake = is_idle ? absl::InfiniteFuture() : due_;
      if (!timers_.empty()) wake = std::min(wake, timers_.begin()->first);
      changed_.WaitWithTimeout(&mutex_, wake - MonotonicNow());
    }
  }
}

}  // namespace haldane
