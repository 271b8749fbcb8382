#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "agent/config.h"
#include "agent/ruby/interpreter.h"

namespace haldane::agent {

// The real file behind a mapping. The device number that /proc shows is not
// part of it: overlay mounts show one lower file under many (the build id tells
// equal inode numbers of different filesystems apart).
struct BinaryKey {
  uint64_t inode = 0;
  uint64_t size = 0;
  std::string build_id;

  auto operator<=>(const BinaryKey&) const = default;
};

// A Ruby process, its labels and the binary that interprets it.
struct RubyProcess {
  uint32_t pid = 0;
  uint64_t start_ns = 0;  // nanoseconds since boot, from /proc/PID/stat
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name
  BinaryKey binary;
};

// Finds Ruby processes by what they map, whatever they are called and wherever
// they run. Remembers binaries and processes that it has examined, so that a
// repeated Scan costs one readlink-sized look per known process.
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
  const Interpreter* interpreter(const BinaryKey& key) const;
  // A path through which the binary can be opened now, such as
  // /proc/PID/map_files/... or /proc/PID/root/...; NOT_FOUND when no live
  // process maps it any more.
  absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const;

  // Files that looked like an interpreter but could not be used: path -> why.
  const std::map<std::string, std::string>& rejected() const { return rejected_; }
  // Processes of the last Scan that could not be examined for lack of rights.
  int unreadable() const { return unreadable_; }

 private:
  std::map<std::string, std::string> rejected_;
  int unreadable_ = 0;
};

}  // namespace haldane::agent
