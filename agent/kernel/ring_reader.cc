#include "agent/kernel/ring_reader.h"

#include <errno.h>

#include <utility>

#include "agent/kernel/libbpf_messages.h"

namespace haldane::agent {

absl::StatusOr<std::unique_ptr<RingReader>> RingReader::Create(
    int map_fd, std::function<void(absl::string_view record)> take) {
  LibbpfMessages messages;
  std::unique_ptr<RingReader> reader(new RingReader(std::move(take)));
  reader->ring_.reset(ring_buffer__new(map_fd, TakeRecord, reader.get(), nullptr));
  if (reader->ring_ == nullptr) return messages.Error(errno, "cannot read the ring buffer");
  return reader;
}

void RingReader::Drain(int limit) {
  left_ = limit;
  ring_buffer__consume(ring_.get());
}

int RingReader::TakeRecord(void* self, void* data, size_t size) {
  auto* reader = static_cast<RingReader*>(self);
  reader->take_(absl::string_view(static_cast<const char*>(data), size));
  // libbpf stops at an error, after it has freed the record.
  return --reader->left_ > 0 ? 0 : -ENOBUFS;
}

}  // namespace haldane::agent
