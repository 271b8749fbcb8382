#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "guard/cgroup/run_group.h"

// What the launcher and its proxy process say to each other: two halves of one
// program, so structures go as they are.
namespace haldane::guard {

// How a run ended.
struct Ending {
  int exit_code = 0;      // of the script
  bool wall_hit = false;  // it was stopped for taking too long
  uint32_t restarts = 0;  // of the proxy
  Usage usage;
};

struct ToProxy {
  enum Kind : uint32_t { kStrays, kFinish };
  static constexpr uint32_t kMostStrays = 64;
  Kind kind = kFinish;
  Ending ending;                      // kFinish
  uint32_t stray_count = 0;           // kStrays
  uint32_t strays[kMostStrays] = {};  // their pids
};

struct FromProxy {
  enum Kind : uint32_t { kReady, kFailed, kStraysNoted, kFinished };
  Kind kind = kReady;
  bool complete = true;     // kFinished: nothing of the record was lost
  uint64_t violations = 0;  // kFinished: what was blocked or would have been
  char message[1024] = {};  // kFailed
};

// Two ends; each closes when its process dies, which the other sees.
absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeChannel();

template <typename Message>
bool SendMessage(int fd, const Message& message);
// Without waiting: false when there is none, or the other end is gone.
template <typename Message>
bool ReceiveMessage(int fd, Message* message);

}  // namespace haldane::guard
