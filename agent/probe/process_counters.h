#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "agent/probe/probe_group.h"
#include "agent/probe/signal_counts.h"
#include "agent/ruby/probe_point.h"

namespace haldane::agent {

// Exceptions of a class that the kernel knows by the address of its class object
// only. The address means something in the memory of that process alone, and
// only in the image (program) that it had: while image == ProcessReading::execs.
struct KlassCount {
  uint64_t klass = 0;
  uint32_t image = 0;  // number of execs before the class was seen
  uint64_t count = 0;
};

// Totals of one process since counting began. They outlive exec, and never fall
// while the process is watched. exceptions >= exceptions_other + all classes and
// klasses; the rest are being attributed as we look, and are in the next reading.
struct ProcessReading {
  uint32_t pid = 0;
  // As RubyProcess::start_ns: nanoseconds since boot, cut to the clock tick
  // (10 ms) that /proc/PID/stat has, so that both compare equal.
  uint64_t start_ns = 0;
  // For a process counted because a counted process forked it: that process.
  // Else 0. While execs is 0 the child runs the same program.
  uint32_t parent_pid = 0;
  uint64_t parent_start_ns = 0;
  uint32_t execs = 0;          // calls of exec since counting began
  bool exited = false;         // final totals; reported once, then the slot is reused
  uint32_t exit_status = 0;    // as wait(2) encodes it
  bool exit_seen = false;      // exit_status is known
  bool out_of_memory = false;  // the out-of-memory killer chose it
  // Larger than in every earlier reading of any process if anything here is new.
  uint64_t version = 0;
  uint64_t exceptions = 0;
  uint64_t exceptions_other = 0;  // classes beyond the bound, or unknown
  // Passes of the places that lead to a raise (RaiseProbe::witnesses), while
  // those are watched.
  uint64_t raise_witnesses = 0;
  uint64_t http_requests = 0;
  uint64_t http_4xx = 0;
  uint64_t http_5xx = 0;
  std::vector<std::pair<std::string, uint64_t>> classes;  // by name, largest first
  std::vector<KlassCount> klasses;                        // by address, largest first
  SignalCounts counts;
  std::optional<ProcessLevels> levels;  // none until first looked at
};

// A process that called exec, or was forked by a counted one: look at it.
struct LifecycleEvent {
  enum class Kind { kExec, kFork } kind;
  uint32_t pid = 0;
  uint32_t parent_pid = 0;  // kFork only
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
  // Ceases to count a process and forgets its totals. Idempotent. A process that
  // has exited by now is still reported, once.
  virtual void Unwatch(uint32_t pid) = 0;

  // Attaches the system-wide hooks: process lifecycle, and those of every group
  // that is on. Idempotent. Should those of responses fail, those of the lifecycle
  // stay; what other groups cannot attach is a gap and no failure. Processes that
  // vanished while nothing was attached are then reported as exited; their
  // children of that time are not counted.
  virtual absl::Status AttachKernelHooks() = 0;
  // Takes in an interpreter binary: what groups other than that of exceptions count
  // inside it, they count from now on, for all its processes present and future;
  // what cannot be counted in it is a gap. `path` and `binary` as for AttachRaise.
  // Idempotent.
  virtual void AttachInterpreter(const std::string& binary, const std::string& path) = 0;
  // Attaches the raise probe of one binary, for all its processes present and
  // future; while its group is off, keeps it for when that is on again. `path` must stay openable only for
  // the duration of the call. `binary` is the caller's name for it; attaching the same name again is a no-op.
  // Two names for one file count everything twice: name it by what it is, never by path. INVALID_ARGUMENT for
  // a probe without points. Its witnesses are counted too where that can be done; it is no failure if not.
  virtual absl::Status AttachRaise(const std::string& binary, const std::string& path,
                                   const RaiseProbe& probe) = 0;
  // Ceases to count the witnesses of one binary, which AttachRaise began to:
  // they cost as much per exception as the probe itself. Idempotent.
  virtual void DetachWitnesses(const std::string& binary) = 0;
  // Detaches one binary's probes, or everything, within a second. Totals stay, and
  // groups stay on or off.
  virtual void DetachRaise(const std::string& binary) = 0;
  virtual void DetachAll() = 0;

  // What can be shed by itself, in the order in which that is to be done: what
  // costs most for the least comes first. They live as long as this does.
  virtual std::vector<ProbeGroup*> Groups() = 0;

  // Reads the totals of every counted process, sorted by pid, then start (a pid
  // may be there twice: exited, and reused). The cost grows with the number of
  // processes whose totals changed, not with traffic. Valid until the next call.
  virtual absl::Span<const ProcessReading> Read() = 0;
  // What happened since the last call; never blocks.
  virtual std::vector<LifecycleEvent> DrainLifecycle() = 0;
  // Events lost so far, by site, zeros included.
  virtual std::vector<Drop> Drops() = 0;
};

}  // namespace haldane::agent
