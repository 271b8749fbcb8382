#include "agent/probe/slot_table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/probe/process_stat.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

void SetState(haldane_slot* slot, haldane_slot_state state) {
  __atomic_store_n(&slot->state, static_cast<uint32_t>(state), __ATOMIC_RELEASE);
}

ProcessReading ToReading(const haldane_slot& slot, bool exited) {
  ProcessReading reading;
  reading.pid = slot.tgid;
  reading.start_ns = CutToTick(slot.start_ns);
  reading.parent_pid = slot.parent_tgid;
  reading.parent_start_ns = CutToTick(slot.parent_start_ns);
  reading.execs = Load(slot.execs);
  reading.exited = exited;
  if (exited) reading.exit_status = slot.exit_code;
  // The programs count an event before its part, so a part is read before.
  reading.raise_witnesses = Load(slot.raise_witnesses);
  reading.exceptions_other = Load(slot.exceptions_other);
  reading.exceptions = Load(slot.exceptions);
  reading.http_4xx = Load(slot.responses_4xx);
  reading.http_5xx = Load(slot.responses_5xx);
  reading.http_requests = Load(slot.responses);
  return reading;
}

}  // namespace

SlotTable::SlotTable(haldane_bpf* programs, MappedArray<haldane_slot> slots)
    : processes_fd_(bpf_map__fd(programs->maps.processes)),
      free_slots_fd_(bpf_map__fd(programs->maps.free_slots)),
      slots_(std::move(slots)) {}

absl::StatusOr<SlotTable> SlotTable::Create(haldane_bpf* programs, uint32_t count) {
  absl::StatusOr<MappedArray<haldane_slot>> slots =
      MappedArray<haldane_slot>::Map(bpf_map__fd(programs->maps.slots), HALDANE_SLOTS);
  if (!slots.ok()) return slots.status();
  SlotTable table(programs, *std::move(slots));
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

std::vector<std::pair<uint32_t, ProcessReading>> SlotTable::Read(const std::vector<uint32_t>& exited) const {
  std::vector<std::pair<uint32_t, ProcessReading>> readings;
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    if (Load(slots_[index].state) == HALDANE_SLOT_FREE) continue;
    const bool is_final = std::binary_search(exited.begin(), exited.end(), index);
    readings.emplace_back(index, ToReading(slots_[index], is_final));
  }
  return readings;
}

void SlotTable::Recycle(const std::vector<uint32_t>& slots) {
  for (const uint32_t index : slots) {
    std::memset(&slots_[index], 0, sizeof(haldane_slot));
    // The queue has room for every slot there is.
    (void)bpf_map_update_elem(free_slots_fd_, nullptr, &index, BPF_ANY);
  }
}

}  // namespace haldane::agent
