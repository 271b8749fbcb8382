#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/kernel/mapped_array.h"
#include "agent/probe/process_counters.h"
#include "bpf/abi/slot.h"

struct haldane_bpf;

namespace haldane::agent {

// The kernel's table of counted processes, as the agent sees it: see
// bpf/abi/slot.h for who owns a slot when. Not thread-safe.
class SlotTable {
 public:
  // Makes `count` slots (1 to HALDANE_SLOTS) available. `programs` outlives this.
  static absl::StatusOr<SlotTable> Create(haldane_bpf* programs, uint32_t count);

  // ProcessCounters::Watch and Unwatch, which see. A slot given up by Unwatch
  // stays in use until it is recycled.
  absl::Status Watch(uint32_t pid, uint64_t start_ns);
  void Unwatch(uint32_t pid);

  // Marks as exited every process that has vanished unseen, because nothing was
  // attached to see it.
  void FinishVanished();

  // Slots of processes that have exited, ascending: their totals are final.
  std::vector<uint32_t> Exited() const;
  // The totals in every slot in use, and its index. Only those of `exited`, as
  // Exited returned it before, are marked final.
  std::vector<std::pair<uint32_t, ProcessReading>> Read(const std::vector<uint32_t>& exited) const;
  // Slots given up by Unwatch since the last call. Programs that were running
  // then may still write to them.
  std::vector<uint32_t> TakeRetired() { return std::exchange(retired_, {}); }
  // Makes slots available again. REQUIRES: no program can write to them any more.
  void Recycle(const std::vector<uint32_t>& slots);

 private:
  SlotTable(haldane_bpf* programs, MappedArray<haldane_slot> slots);

  int processes_fd_;
  int free_slots_fd_;
  MappedArray<haldane_slot> slots_;
  std::vector<uint32_t> retired_;
};

}  // namespace haldane::agent
