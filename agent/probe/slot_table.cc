#include "agent/probe/slot_table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/probe/process_stat.h"
#include "base/status_macros.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

void SetState(haldane_slot* slot, haldane_slot_state state) {
  __atomic_store_n(&slot->state, static_cast<uint32_t>(state), __ATOMIC_RELEASE);
}

DurationBuckets ToBuckets(const haldane_histogram& histogram) {
  DurationBuckets buckets;
  for (uint32_t bucket = 0; bucket < HALDANE_DURATION_BUCKETS; ++bucket) {
    const uint64_t count = Load(histogram.counts[bucket]);
    if (count > 0) buckets.emplace_back(bucket, count);
  }
  return buckets;
}

void ReadCounts(const haldane_slot& slot, SignalCounts* counts) {
  counts->loads = Load(slot.loads);
  counts->vm_entries_requests = Load(slot.vm_entry_responses);
  counts->vm_entries = Load(slot.vm_entries);
  for (size_t i = 0; i < counts->sys_errors.size(); ++i) counts->sys_errors[i] = Load(slot.sys_errors[i]);
  counts->signals = Load(slot.signals);
  counts->tcp_retransmits = Load(slot.tcp_retransmits);
  counts->tcp_resets = Load(slot.tcp_resets);
  counts->tcp_connect_failures = Load(slot.tcp_connect_failures);
}

}  // namespace

SlotTable::SlotTable(haldane_bpf* programs, Maps maps)
    : processes_fd_(bpf_map__fd(programs->maps.processes)),
      free_slots_fd_(bpf_map__fd(programs->maps.free_slots)),
      slots_(std::move(maps.slots)),
      http_latency_(std::move(maps.http_latency)),
      gc_pause_(std::move(maps.gc_pause)),
      seen_(slots_.size()) {}

absl::StatusOr<SlotTable> SlotTable::Create(haldane_bpf* programs, uint32_t count) {
  Maps maps;
  ASSIGN_OR_RETURN(maps.slots,
                   MappedArray<haldane_slot>::Map(bpf_map__fd(programs->maps.slots), HALDANE_SLOTS));
  ASSIGN_OR_RETURN(maps.http_latency, MappedArray<haldane_histogram>::Map(
                                          bpf_map__fd(programs->maps.http_latency), HALDANE_SLOTS));
  ASSIGN_OR_RETURN(maps.gc_pause,
                   MappedArray<haldane_histogram>::Map(bpf_map__fd(programs->maps.gc_pause), HALDANE_SLOTS));
  SlotTable table(programs, std::move(maps));
  for (uint32_t index = 0; index < count; ++index) {
    if (bpf_map_update_elem(table.free_slots_fd_, nullptr, &index, BPF_ANY) != 0) {
      return absl::ErrnoToStatus(errno, "cannot fill the queue of free slots");
    }
  }
  return table;
}

absl::Status SlotTable::Watch(uint32_t pid, uint64_t start_ns) {
  const absl::Status gone =
      absl::NotFoundError(absl::StrCat("process ", pid, " is gone, or is another one by now"));
  if (!IsAlive(pid, start_ns)) return gone;
  uint32_t index = 0;
  if (bpf_map_lookup_elem(processes_fd_, &pid, &index) == 0) {
    haldane_slot& known = slots_[index];
    if (CutToTick(known.start_ns) == CutToTick(start_ns)) return absl::OkStatus();
    // The pid's process of before exited while nothing was attached to see it.
    if (bpf_map_delete_elem(processes_fd_, &pid) == 0) SetState(&known, HALDANE_SLOT_EXITED);
  }
  if (bpf_map_lookup_and_delete_elem(free_slots_fd_, nullptr, &index) != 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("all slots for counted processes are in use; process ", pid, " is not counted"));
  }
  haldane_slot& slot = slots_[index];
  slot.tgid = pid;
  slot.start_ns = CutToTick(start_ns);
  SetState(&slot, HALDANE_SLOT_LIVE);
  if (bpf_map_update_elem(processes_fd_, &pid, &index, BPF_NOEXIST) != 0) {
    const int error = errno;
    Recycle({index});
    // The kernel began to count it just now, as its parent forked it.
    if (error == EEXIST) return absl::OkStatus();
    return absl::ErrnoToStatus(error, absl::StrCat("cannot count process ", pid));
  }
  // Had it exited before the kernel knew to watch for that, nobody would tell.
  if (IsAlive(pid, start_ns)) return absl::OkStatus();
  Unwatch(pid);
  return gone;
}

void SlotTable::Unwatch(uint32_t pid) {
  uint32_t index = 0;
  if (bpf_map_lookup_elem(processes_fd_, &pid, &index) != 0) return;
  // When the kernel removed it first, the process has exited: its totals are
  // reported.
  if (bpf_map_delete_elem(processes_fd_, &pid) != 0) return;
  SetState(&slots_[index], HALDANE_SLOT_FREE);
  retired_.push_back(index);
}

void SlotTable::FinishVanished() {
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    haldane_slot& slot = slots_[index];
    if (Load(slot.state) != HALDANE_SLOT_LIVE || IsAlive(slot.tgid, slot.start_ns)) continue;
    const uint32_t pid = slot.tgid;
    uint32_t known = 0;
    if (bpf_map_lookup_elem(processes_fd_, &pid, &known) != 0 || known != index) continue;
    if (bpf_map_delete_elem(processes_fd_, &pid) == 0) SetState(&slot, HALDANE_SLOT_EXITED);
  }
}

std::vector<uint32_t> SlotTable::Exited() const {
  std::vector<uint32_t> exited;
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    if (Load(slots_[index].state) == HALDANE_SLOT_EXITED) exited.push_back(index);
  }
  return exited;
}

std::vector<uint32_t> SlotTable::TakeChanged() {
  std::vector<uint32_t> changed;
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    if (std::memcmp(&seen_[index], &slots_[index], sizeof(haldane_slot)) == 0) continue;
    std::memcpy(&seen_[index], &slots_[index], sizeof(haldane_slot));
    changed.push_back(index);
  }
  return changed;
}

void SlotTable::ReadInto(uint32_t index, bool is_final, ProcessReading* reading) const {
  const haldane_slot& slot = slots_[index];
  reading->pid = slot.tgid;
  reading->start_ns = CutToTick(slot.start_ns);
  reading->parent_pid = slot.parent_tgid;
  reading->parent_start_ns = CutToTick(slot.parent_start_ns);
  reading->execs = Load(slot.execs);
  reading->exited = is_final;
  if (is_final) {
    reading->exit_status = slot.exit_code;
    reading->exit_seen = slot.exit_seen != 0;
  }
  reading->out_of_memory = Load(slot.oom_victim) != 0;
  // The programs count an event before its part, so a part is read before.
  reading->raise_witnesses = Load(slot.raise_witnesses);
  reading->exceptions_other = Load(slot.exceptions_other);
  reading->exceptions = Load(slot.exceptions);
  reading->http_4xx = Load(slot.responses_4xx);
  reading->http_5xx = Load(slot.responses_5xx);
  reading->http_requests = Load(slot.responses);
  ReadCounts(slot, &reading->counts);
  // Large, and mostly as they were.
  if (Load(slot.latencies) > 0) reading->counts.http_latency = ToBuckets(http_latency_[index]);
  if (Load(slot.gc_pauses) > 0) reading->counts.gc_pause = ToBuckets(gc_pause_[index]);
}

uint64_t SlotTable::start_ns(uint32_t index) const { return CutToTick(slots_[index].start_ns); }

void SlotTable::ForgetPauses() {
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    if (Load(slots_[index].gc_began_ns) == 0) continue;
    __atomic_store_n(&slots_[index].gc_began_ns, uint64_t{0}, __ATOMIC_RELEASE);
  }
}

SlotTable::LifeUsage SlotTable::FinalUsage(uint32_t index) const {
  const haldane_slot& slot = slots_[index];
  return {.major_faults = slot.final_major_faults, .cpu_us = slot.final_cpu_ns / 1000};
}

void SlotTable::Recycle(const std::vector<uint32_t>& slots) {
  for (const uint32_t index : slots) {
    const haldane_slot& slot = slots_[index];
    if (slot.latencies > 0) std::memset(&http_latency_[index], 0, sizeof(haldane_histogram));
    if (slot.gc_pauses > 0) std::memset(&gc_pause_[index], 0, sizeof(haldane_histogram));
    std::memset(&slots_[index], 0, sizeof(haldane_slot));
    // The queue has room for every slot there is.
    (void)bpf_map_update_elem(free_slots_fd_, nullptr, &index, BPF_ANY);
  }
}

}  // namespace haldane::agent
