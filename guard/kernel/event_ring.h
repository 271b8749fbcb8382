#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

struct ring_buffer;

namespace haldane::guard {

// What the programs report, in the order in which it happened. A record says
// what it is in its head (bpf/abi/guard_event.h). Belongs to one event loop.
class EventRing {
 public:
  // `take` gets every record; its bytes are valid during the call only.
  static absl::StatusOr<std::unique_ptr<EventRing>> Open(int events_fd,
                                                         std::function<void(absl::string_view record)> take);
  ~EventRing();

  // Readable when there is something that should not wait.
  int fd() const;
  // Takes all that is there. What a process did before it sent a query is there
  // when the query is.
  void Drain();

 private:
  explicit EventRing(std::function<void(absl::string_view)> take);
  static int TakeRecord(void* self, void* data, size_t size);

  const std::function<void(absl::string_view)> take_;
  ring_buffer* ring_ = nullptr;
  bool draining_ = false;
};

}  // namespace haldane::guard
