#include "agent/probe/kernel_counters.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/probe/drop_counts.h"
#include "agent/probe/process_stat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "bpf/abi/lifecycle.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

// More than the ring can hold: a bound only while processes exec ever faster.
constexpr int kLifecycleRecordsPerDrain = 16384;

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessCounters>> ProcessCounters::Create() {
  return KernelCounters::Create(HALDANE_SLOTS);
}

absl::StatusOr<std::unique_ptr<KernelCounters>> KernelCounters::Create(uint32_t slots) {
  absl::StatusOr<Programs> programs = LoadPrograms();
  if (!programs.ok()) return programs.status();
  absl::StatusOr<SlotTable> slot_table = SlotTable::Create(programs->get(), slots);
  if (!slot_table.ok()) return slot_table.status();
  absl::StatusOr<ClassTable> class_table = ClassTable::Create(programs->get());
  if (!class_table.ok()) return class_table.status();
  absl::StatusOr<RcuBarrier> barrier = RcuBarrier::Create();
  if (!barrier.ok()) return barrier.status();

  const int ring_fd = bpf_map__fd((*programs)->maps.lifecycle);
  std::unique_ptr<KernelCounters> counters(new KernelCounters(*std::move(programs), *std::move(slot_table),
                                                              *std::move(class_table), *std::move(barrier)));
  KernelCounters* self = counters.get();
  absl::StatusOr<std::unique_ptr<RingReader>> ring =
      RingReader::Create(ring_fd, [self](absl::string_view record) { self->TakeLifecycle(record); });
  if (!ring.ok()) return ring.status();
  counters->lifecycle_ring_ = *std::move(ring);
  return counters;
}

KernelCounters::KernelCounters(Programs programs, SlotTable slots, ClassTable classes, RcuBarrier barrier)
    : programs_(std::move(programs)),
      slots_(std::move(slots)),
      classes_(std::move(classes)),
      barrier_(std::move(barrier)),
      lifecycle_hooks_(programs_.get()),
      groups_(programs_.get(), [this] { slots_.ForgetPauses(); }) {}

absl::Status KernelCounters::Watch(uint32_t pid, uint64_t start_ns) {
  absl::Status status = slots_.Watch(pid, start_ns);
  if (absl::IsResourceExhausted(status)) {
    Recycle({});
    status = slots_.Watch(pid, start_ns);
  }
  if (status.ok()) groups_.usage().table().Begin(pid, CutToTick(start_ns));
  return status;
}

absl::Status KernelCounters::AttachLifecycle() {
  if (lifecycle_hooks_.attached()) return absl::OkStatus();
  RETURN_IF_ERROR(lifecycle_hooks_.Attach());
  slots_.FinishVanished();
  return absl::OkStatus();
}

absl::Status KernelCounters::AttachKernelHooks() {
  RETURN_IF_ERROR(AttachLifecycle());
  return groups_.Activate();
}

void KernelCounters::AttachInterpreter(const std::string& binary, const std::string& path) {
  if (binaries_.count(binary) > 0) return;
  absl::StatusOr<ProbedBinary> file = ProbedBinary::Open(path);
  if (!file.ok()) {
    LogWarning("cannot count inside a Ruby", {{"binary", binary}, {"reason", file.status().message()}});
    return;
  }
  const ProbedBinary& kept = binaries_.emplace(binary, *std::move(file)).first->second;
  groups_.usage().table().AddBinary(binary, &kept);
  for (InterpreterGroup* group : groups_.interpreter()) group->Add(binary, &kept);
}

absl::Status KernelCounters::AttachRaise(const std::string& binary, const std::string& path,
                                         const RaiseProbe& probe) {
  // Without them a pid's next process would be counted as the one before.
  RETURN_IF_ERROR(AttachLifecycle());
  return groups_.raise().Add(binary, path, probe);
}

void KernelCounters::DetachRaise(const std::string& binary) {
  PlacedProbes placed = groups_.raise().Forget(binary);
  for (InterpreterGroup* group : groups_.interpreter()) placed.Add(group->Forget(binary));
  placed.Detach();
  groups_.usage().table().ForgetBinary(binary);
  binaries_.erase(binary);
}

void KernelCounters::DetachAll() {
  PlacedProbes placed = groups_.Deactivate();
  placed.Add(lifecycle_hooks_.Release());
  placed.Detach();
  groups_.raise().ForgetAll();
  while (!binaries_.empty()) DetachRaise(std::string(binaries_.begin()->first));
}

std::vector<ProbeGroup*> KernelCounters::Groups() { return {groups_.all().begin(), groups_.all().end()}; }

absl::Span<const ProcessReading> KernelCounters::Read() {
  if (!lifecycle_hooks_.attached()) slots_.FinishVanished();
  groups_.vm_entries().BurstIfDue();
  readings_.RemoveExited();
  // In this order: what has exited by now has counted its last, so that what is
  // read of it then is complete.
  const std::vector<uint32_t> exited = slots_.Exited();
  ++version_;
  for (const uint32_t slot : slots_.TakeChanged()) {
    if (!slots_.is_in_use(slot)) {
      readings_.Remove(slot);
    } else if (!std::binary_search(exited.begin(), exited.end(), slot)) {
      ReadSlot(slot, false);
    }
  }
  for (const uint32_t slot : exited) ReadSlot(slot, true);
  if (groups_.usage().attached()) {
    groups_.usage().table().Refresh(Clock::Real().Monotonic(), version_, &readings_.Sorted());
  }
  Recycle(exited);
  return readings_.Sorted();
}

// Totals are read last, so that they are never less than the sum of their parts.
void KernelCounters::ReadSlot(uint32_t slot, bool is_final) {
  ProcessReading& reading = readings_.At(slot, slots_.pid(slot), slots_.start_ns(slot));
  ClassTotals classes = classes_.Read(slot, slots_.classes(slot));
  reading.classes = std::move(classes.classes);
  reading.klasses = std::move(classes.klasses);
  slots_.ReadInto(slot, is_final, &reading);
  reading.version = version_;
  if (!is_final) return;
  const SlotTable::LifeUsage usage = slots_.FinalUsage(slot);
  UsageTable& table = groups_.usage().table();
  table.Finish(usage.major_faults, usage.cpu_us, &reading);
  table.Forget(reading.pid, reading.start_ns);
}

void KernelCounters::Recycle(std::vector<uint32_t> final_slots) {
  std::vector<uint32_t> slots = slots_.TakeRetired();
  if (!slots.empty()) {
    const absl::Status waited = barrier_.Wait();
    if (!waited.ok()) LogError("slots lost", {{"count", slots.size()}, {"reason", waited.ToString()}});
    if (!waited.ok()) slots.clear();
  }
  slots.insert(slots.end(), final_slots.begin(), final_slots.end());
  if (slots.empty()) return;
  std::sort(slots.begin(), slots.end());
  classes_.Release(slots);
  slots_.Recycle(slots);
}

void KernelCounters::TakeLifecycle(absl::string_view record) {
  haldane_lifecycle event;
  if (record.size() < sizeof event) return;
  std::memcpy(&event, record.data(), sizeof event);
  const bool forked = event.kind == HALDANE_LIFECYCLE_FORK;
  lifecycle_.push_back(
      {forked ? LifecycleEvent::Kind::kFork : LifecycleEvent::Kind::kExec, event.tgid, event.parent_tgid});
}

std::vector<LifecycleEvent> KernelCounters::DrainLifecycle() {
  lifecycle_ring_->Drain(kLifecycleRecordsPerDrain);
  return std::exchange(lifecycle_, {});
}

std::vector<Drop> KernelCounters::Drops() { return ReadDrops(*programs_); }

}  // namespace haldane::agent
