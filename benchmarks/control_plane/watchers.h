#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/unique_fd.h"

namespace haldane::benchmarks {

// What watchers of the event stream saw.
struct Seen {
  int connected = 0;       // watchers whose stream is open
  uint64_t events = 0;     // all of theirs
  double longest_gap = 0;  // seconds without a view, of the watcher that waited longest
  double megabytes = 0;    // that they were sent
};

// Watchers of GET /v1/events, each on a connection of its own, read by one thread.
class Watchers {
 public:
  Watchers(int http_port, int count);
  ~Watchers();

  // What they saw since they began, or since the last call.
  Seen Take();

 private:
  struct Watcher {
    UniqueFd socket;
    absl::Time last;
    std::string tail;  // of what was read, where an event's name may be cut
  };
  void Read();
  void NoteGap(const Watcher& watcher);

  std::vector<Watcher> watchers_;  // of the thread, once that runs
  std::atomic<uint64_t> events_{0}, bytes_{0};
  std::atomic<int> connected_{0};
  std::atomic<double> longest_gap_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace haldane::benchmarks
