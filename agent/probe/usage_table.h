#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/probe/gc_counter.h"
#include "agent/probe/probed_binary.h"
#include "agent/probe/process_counters.h"
#include "agent/probe/process_stat.h"

namespace haldane::agent {

// What is counted of processes without any probe: collections, in their memory;
// processor time, major faults and levels, in /proc. Not thread-safe.
class UsageTable {
 public:
  // How often a process is looked at in /proc, and how many by one call of Refresh
  // at most: with thousands of processes it is less often.
  static constexpr absl::Duration kEvery = absl::Seconds(10);
  static constexpr int kLooks = 64;
  // How many collections' counts are read by one call of Refresh at most.
  static constexpr int kGcReads = 1024;

  // Takes in a binary whose collections can be counted, or cannot; `file` outlives
  // this or Forget.
  void AddBinary(const std::string& binary, const ProbedBinary* file);
  void ForgetBinary(const std::string& binary);
  // Why collections are not counted in one of the binaries; none if they are in all.
  std::optional<std::string> WhyNoGc() const;

  // Counting of a process begins: its totals are what it uses from now on.
  void Begin(uint32_t pid, uint64_t start_ns);
  void Forget(uint32_t pid, uint64_t start_ns) { processes_.erase({pid, start_ns}); }

  // Brings some of `readings` up to date: the collections of those whose version is
  // `version`, and all of those that were not looked at for long. Gives that version
  // to whatever it changes.
  void Refresh(absl::Duration now, uint64_t version, std::vector<ProcessReading>* readings);

  // A process has exited: its totals, from what it used in its whole life.
  void Finish(uint64_t major_faults, uint64_t cpu_us, ProcessReading* reading);

 private:
  struct Process {
    uint64_t faults_before = 0;  // counting began
    uint64_t cpu_us_before = 0;
    std::optional<uint64_t> gc_address;
    uint32_t gc_image = 0;            // number of execs when it was found
    std::optional<uint64_t> gc_last;  // what was read there last
    absl::Duration looked_at = -absl::InfiniteDuration();
  };
  struct Binary {
    const ProbedBinary* file;
    absl::StatusOr<GcCounter> counter;
  };

  Process& ProcessOf(const ProcessReading& reading);
  // True when what is reported changed.
  bool ReadGc(ProcessReading* reading, Process* process);
  bool Look(ProcessReading* reading);
  void FindGcAddress(uint32_t pid, Process* process) const;

  std::map<std::string, Binary> binaries_;
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, Process> processes_;
  size_t next_ = 0;  // in the readings, to be looked at
};

}  // namespace haldane::agent
