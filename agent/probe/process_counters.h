#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/ruby/probe_point.h"

namespace haldane::agent {

// Totals of one process since counting began.
struct ProcessReading {
  uint32_t pid = 0;
  uint64_t start_ns = 0;  // as in RubyProcess, but as the kernel has it (exact)
  bool exited = false;    // final totals; reported once, then the slot is reused
  uint64_t exceptions = 0;
  uint64_t exceptions_other = 0;  // classes beyond the bound, or unknown
  uint64_t http_requests = 0;
  uint64_t http_4xx = 0;
  uint64_t http_5xx = 0;
  std::vector<std::pair<std::string, uint64_t>> classes;  // by name, largest first
};

// A process that called exec, or was forked by a counted one: look at it.
struct LifecycleEvent {
  enum class Kind { kExec, kFork } kind;
  uint32_t pid = 0;
};

// One place where events were lost, cumulative.
struct Drop {
  std::string site;
  uint64_t count = 0;
};

// The kernel side of counting: owns the loaded programs, maps and links.
// Destroying it detaches everything; nothing is pinned, so death of the agent
// by any signal does the same. Not thread-safe.
class ProcessCounters {
 public:
  // Loads and verifies the programs. Fails with the kernel's own words and a
  // remedy when they cannot be loaded.
  static absl::StatusOr<std::unique_ptr<ProcessCounters>> Create();
  virtual ~ProcessCounters() = default;

  // Begins to count a process (by host pid). Children that it forks from then
  // on are counted from their first instruction. Idempotent. NOT_FOUND if the
  // process is gone or is another one by now; RESOURCE_EXHAUSTED when all slots
  // are in use.
  virtual absl::Status Watch(uint32_t pid, uint64_t start_ns) = 0;
  // Ceases to count a process and forgets its totals. Idempotent.
  virtual void Unwatch(uint32_t pid) = 0;

  // Attaches the system-wide hooks (responses, process lifecycle). Idempotent.
  virtual absl::Status AttachKernelHooks() = 0;
  // Attaches the raise probe of one binary, for all its processes present and
  // future. `path` must stay openable only for the duration of the call.
  // `binary` is the caller's name for it; attaching the same name again is a
  // no-op.
  virtual absl::Status AttachRaise(const std::string& binary, const std::string& path,
                                   const RaiseProbe& probe) = 0;
  // Detaches one binary's probe, or everything, within a second.
  virtual void DetachRaise(const std::string& binary) = 0;
  virtual void DetachAll() = 0;

  // Reads the totals of every counted process, sorted by pid. Cost grows with
  // the number of counted processes, not with traffic.
  virtual std::vector<ProcessReading> Read() = 0;
  // What happened since the last call; never blocks.
  virtual std::vector<LifecycleEvent> DrainLifecycle() = 0;
  // Events lost so far, by site.
  virtual std::vector<Drop> Drops() = 0;
};

}  // namespace haldane::agent
