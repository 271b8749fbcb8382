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
  // Slots whose content is not what it was when this was last called, ascending.
  std::vector<uint32_t> TakeChanged();
  // Whether a process, living or exited, has the slot.
  bool is_in_use(uint32_t index) const { return Load(slots_[index].state) != HALDANE_SLOT_FREE; }
  // Which process that is.
  uint32_t pid(uint32_t index) const { return slots_[index].tgid; }
  uint64_t start_ns(uint32_t index) const;
  // How many exception classes its process has raised.
  uint32_t classes(uint32_t index) const { return Load(slots_[index].classes); }
  // Takes over what the kernel counts in a slot: identity, totals and durations;
  // not classes. Those of a process that has exited are final if `is_final`.
  void ReadInto(uint32_t index, bool is_final, ProcessReading* reading) const;
  // What a process used in its whole life, as far as the kernel saw its end; all
  // zero when it did not.
  struct LifeUsage {
    uint64_t major_faults = 0;
    uint64_t cpu_us = 0;
  };
  LifeUsage FinalUsage(uint32_t index) const;
  // Whatever pause a process is in: its beginning is not known any more.
  void ForgetPauses();
  // Slots given up by Unwatch since the last call. Programs that were running
  // then may still write to them.
  std::vector<uint32_t> TakeRetired() { return std::exchange(retired_, {}); }
  // Makes slots available again. REQUIRES: no program can write to them any more.
  void Recycle(const std::vector<uint32_t>& slots);

 private:
  struct Maps {
    MappedArray<haldane_slot> slots;
    MappedArray<haldane_histogram> http_latency;
    MappedArray<haldane_histogram> gc_pause;
  };
  SlotTable(haldane_bpf* programs, Maps maps);

  int processes_fd_;
  int free_slots_fd_;
  MappedArray<haldane_slot> slots_;
  MappedArray<haldane_histogram> http_latency_;
  MappedArray<haldane_histogram> gc_pause_;
  std::vector<haldane_slot> seen_;
  std::vector<uint32_t> retired_;
};

}  // namespace haldane::agent
