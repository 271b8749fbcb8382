#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/config.h"
#include "agent/discovery/binary_cache.h"
#include "agent/discovery/binary_key.h"
#include "agent/discovery/proc_stat.h"
#include "agent/ruby/interpreter.h"
#include "agent/ruby/memory_map.h"

namespace haldane::agent {

// A Ruby process, its labels and the binary that interprets it.
struct RubyProcess {
  uint32_t pid = 0;
  uint64_t start_ns = 0;                                    // nanoseconds since boot, from /proc/PID/stat
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name
  BinaryKey binary;
};

// Finds Ruby processes by what they map, whatever they are called and wherever
// they run. Remembers binaries and processes that it has examined, so that a
// repeated Scan costs one read of /proc/PID/stat per known process; a process
// that has called exec, or has mapped a library since, is examined again.
// Not thread-safe.
class ProcessFinder {
 public:
  // `proc` is where procfs is mounted ("/proc"; tests pass a directory).
  ProcessFinder(std::string proc, Scope scope, std::vector<LabelRule> rules);

  // Every live Ruby process in scope, sorted by pid. Processes that vanish
  // while being examined are left out; so are processes that may not be read
  // (counted in unreadable()).
  std::vector<RubyProcess> Scan();

  // Forgets what is remembered of one process, because it has called exec.
  void Forget(uint32_t pid);

  // The binary of a process that Scan returned. Null if never seen.
  const Interpreter* interpreter(const BinaryKey& key) const { return binaries_.interpreter(key); }
  // A path through which the binary can be opened now, such as
  // /proc/PID/map_files/... or /proc/PID/root/...; NOT_FOUND when no live
  // process maps it any more.
  absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const;
  // The same, through this process.
  absl::StatusOr<std::string> OpenablePathOf(uint32_t pid, const BinaryKey& key) const;

  // Whether the kernel's breakpoints are in the process's memory at the points of
  // `probe`: what is attached to a file is of no use to a process that runs from
  // other memory. NOT_FOUND when nothing can be said;
  // FAILED_PRECONDITION, naming the place, when one is missing.
  absl::Status CheckBreakpoints(uint32_t pid, uint64_t start_ns, const RaiseProbe& probe) const;

  // Files that looked like an interpreter but could not be used: path -> why.
  const std::map<std::string, std::string>& rejected() const { return binaries_.rejected(); }
  // Processes of the last Scan that could not be examined for lack of rights.
  int unreadable() const { return unreadable_; }

 private:
  // What is known of one process, Ruby or not.
  struct Examined {
    ProcStat stat;  // at the time of the examination
    std::optional<RubyProcess> ruby;
    std::optional<FileMapping> mapping;  // of the interpreter, in or out of scope
  };

  std::string Folder(uint32_t pid) const;
  std::optional<ProcStat> ReadStat(uint32_t pid) const;
  // None when nothing can be said now: the process is vanishing or unreadable.
  std::optional<Examined> Examine(uint32_t pid, const ProcStat& stat);

  const std::string proc_;
  const Scope scope_;
  const std::vector<LabelRule> rules_;
  BinaryCache binaries_;
  std::map<uint32_t, Examined> processes_;
  int unreadable_ = 0;
};

}  // namespace haldane::agent
