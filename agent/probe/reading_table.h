#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "agent/probe/process_counters.h"

namespace haldane::agent {

// The readings of all slots in use, kept from one call to the next so that only
// what changed is read anew. Not thread-safe.
class ReadingTable {
 public:
  // The reading of a slot, empty but for its identity when the slot's process is
  // another one than before. Valid until the next call of anything here.
  ProcessReading& At(uint32_t slot, uint32_t pid, uint64_t start_ns);
  void Remove(uint32_t slot);
  // Drops those of processes that have exited: they were returned once.
  void RemoveExited();

  // All, sorted by pid, then start.
  std::vector<ProcessReading>& Sorted();

 private:
  void Rebuild(const std::vector<uint32_t>& order);

  std::vector<ProcessReading> readings_;
  std::vector<uint32_t> slots_;                       // of readings_, in parallel
  absl::flat_hash_map<uint32_t, uint32_t> place_of_;  // slot -> index into both
  bool is_sorted_ = true;
};

}  // namespace haldane::agent
