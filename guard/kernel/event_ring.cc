#include "guard/kernel/event_ring.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include <utility>

#include "guard/kernel/libbpf_log.h"

namespace haldane::guard {

EventRing::EventRing(std::function<void(absl::string_view)> take) : take_(std::move(take)) {}
EventRing::~EventRing() { ring_buffer__free(ring_); }

absl::StatusOr<std::unique_ptr<EventRing>> EventRing::Open(
    int events_fd, std::function<void(absl::string_view record)> take) {
  LibbpfLog log;
  std::unique_ptr<EventRing> ring(new EventRing(std::move(take)));
  ring->ring_ = ring_buffer__new(events_fd, TakeRecord, ring.get(), nullptr);
  if (ring->ring_ == nullptr) return log.Error(errno, "cannot read the ring buffer");
  return ring;
}

int EventRing::fd() const { return ring_buffer__epoll_fd(ring_); }

void EventRing::Drain() {
  if (draining_) return;  // asked for by what a record set off
  draining_ = true;
  ring_buffer__consume(ring_);
  draining_ = false;
}

int EventRing::TakeRecord(void* self, void* data, size_t size) {
  static_cast<EventRing*>(self)->take_(absl::string_view(static_cast<const char*>(data), size));
  return 0;
}

}  // namespace haldane::guard
