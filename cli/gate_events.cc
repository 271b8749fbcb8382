#include "cli/gate_events.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace haldane::cli {

GateEvents::GateEvents(int interrupt_fd)
    : interrupt_fd_(interrupt_fd), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) {}

void GateEvents::Push(GateEvent event) {
  {
    absl::MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
  }
  eventfd_write(wake_.get(), 1);
}

std::optional<GateEvent> GateEvents::Next(absl::Duration patience) {
  // What has arrived counts, even when an interrupt came after it.
  if (std::optional<GateEvent> event = Take()) return event;
  // poll ignores descriptors below zero.
  pollfd fds[] = {{.fd = interrupt_fd_, .events = POLLIN}, {.fd = wake_.get(), .events = POLLIN}};
  const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(patience, absl::Milliseconds(1)));
  poll(fds, 2, static_cast<int>(std::clamp<int64_t>(milliseconds, 0, INT_MAX)));
  if (fds[0].revents != 0) return Interrupt();
  return Take();
}

std::optional<GateEvent> GateEvents::Take() {
  eventfd_t count;
  if (eventfd_read(wake_.get(), &count) != 0) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  GateEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace haldane::cli
