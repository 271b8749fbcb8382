#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane::agent {

// Reads a BPF ring buffer. Not thread-safe.
class RingReader {
 public:
  // `take` gets every record; its bytes are valid during the call only.
  static absl::StatusOr<std::unique_ptr<RingReader>> Create(
      int map_fd, std::function<void(absl::string_view record)> take);

  // Takes what is there, `limit` records at most, and returns at once.
  void Drain(int limit);

 private:
  explicit RingReader(std::function<void(absl::string_view)> take) : take_(std::move(take)) {}
  static int TakeRecord(void* self, void* data, size_t size);

  struct Free {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };
  const std::function<void(absl::string_view)> take_;
  std::unique_ptr<ring_buffer, Free> ring_;
  int left_ = 0;
};

}  // namespace haldane::agent
