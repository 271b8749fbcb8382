#include "guard/loop/event_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <string>

#include "base/log.h"

namespace haldane::guard {
namespace {

int64_t MonotonicNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

}  // namespace

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) {
    LogError("cannot create an epoll instance", {{"errno", errno}});
    abort();
  }
}

void EventLoop::Watch(int fd, uint32_t events, Ready ready) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  const bool known = watched_.contains(fd);
  if (epoll_ctl(epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0) {
    LogError("cannot watch a descriptor", {{"fd", fd}, {"errno", errno}});
    return;
  }
  watched_[fd] = std::make_shared<Ready>(std::move(ready));
}

void EventLoop::Unwatch(int fd) {
  if (watched_.erase(fd) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::After(absl::Duration delay, std::function<void()> task) {
  const absl::Duration bounded = std::clamp(delay, absl::ZeroDuration(), absl::Hours(24 * 365));
  const int64_t due = MonotonicNanoseconds() + absl::ToInt64Nanoseconds(bounded);
  const TimerId id = ++last_timer_;
  timers_.emplace(std::make_pair(due, id), std::move(task));
  due_[id] = due;
  return id;
}

void EventLoop::Cancel(TimerId timer) {
  const auto found = due_.find(timer);
  if (found == due_.end()) return;
  timers_.erase({found->second, timer});
  due_.erase(found);
}

void EventLoop::Run() {
  stopped_ = false;
  while (!stopped_) RunOnce(absl::InfiniteDuration());
}

void EventLoop::RunOnce(absl::Duration longest) {
  int64_t wait_ns = NanosecondsToNextTimer();
  if (longest != absl::InfiniteDuration()) {
    const int64_t most = absl::ToInt64Nanoseconds(longest);
    wait_ns = wait_ns < 0 ? most : std::min(wait_ns, most);
  }
  // Rounded up, or the last millisecond before a timer would be spent spinning.
  const int timeout =
      wait_ns < 0 ? -1 : static_cast<int>(std::min<int64_t>((wait_ns + 999999) / 1000000, 3600000));
  epoll_event events[64];
  const int count = epoll_wait(epoll_.get(), events, 64, timeout);
  for (int i = 0; i < count; i++) {
    const auto found = watched_.find(events[i].data.fd);
    if (found == watched_.end()) continue;  // an earlier callback unwatched it
    const std::shared_ptr<Ready> ready = found->second;
    (*ready)(events[i].events);
  }
  RunDueTimers();
}

int64_t EventLoop::NanosecondsToNextTimer() const {
  if (timers_.empty()) return -1;
  return std::max<int64_t>(0, timers_.begin()->first.first - MonotonicNanoseconds());
}

void EventLoop::RunDueTimers() {
  // Timers that are set meanwhile wait for their own turn: the loop cannot be
  // kept from its descriptors.
  const int64_t now = MonotonicNanoseconds();
  const TimerId last = last_timer_;
  auto next = timers_.begin();
  while (next != timers_.end() && next->first.first <= now) {
    if (next->first.second > last) {
      ++next;
      continue;
    }
    const std::function<void()> task = std::move(next->second);
    due_.erase(next->first.second);
    timers_.erase(next);
    task();
    next = timers_.begin();
  }
}

}  // namespace haldane::guard
