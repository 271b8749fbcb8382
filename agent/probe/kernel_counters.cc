#include "agent/probe/kernel_counters.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/probe/drop_counts.h"
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
      hooks_(programs_.get()) {}

absl::Status KernelCounters::Watch(uint32_t pid, uint64_t start_ns) {
  const absl::Status status = slots_.Watch(pid, start_ns);
  if (!absl::IsResourceExhausted(status)) return status;
  Recycle({});
  return slots_.Watch(pid, start_ns);
}

absl::Status KernelCounters::AttachLifecycle() {
  if (hooks_.has_lifecycle()) return absl::OkStatus();
  RETURN_IF_ERROR(hooks_.AttachLifecycle());
  slots_.FinishVanished();
  return absl::OkStatus();
}

absl::Status KernelCounters::AttachKernelHooks() {
  RETURN_IF_ERROR(AttachLifecycle());
  return hooks_.AttachResponses();
}

absl::Status KernelCounters::AttachRaise(const std::string& binary, const std::string& path,
                                         const RaiseProbe& probe) {
  if (raises_.count(binary) > 0) return absl::OkStatus();
  // Without them a pid's next process would be counted as the one before.
  RETURN_IF_ERROR(AttachLifecycle());
  absl::StatusOr<RaiseAttachment> attachment = AttachRaisePoints(programs_.get(), path, probe);
  if (!attachment.ok()) return attachment.status();
  raises_.emplace(binary, *std::move(attachment));
  return absl::OkStatus();
}

void KernelCounters::DetachWitnesses(const std::string& binary) {
  const auto raise = raises_.find(binary);
  if (raise != raises_.end()) raise->second.witnesses.clear();
}

void KernelCounters::DetachAll() {
  raises_.clear();
  hooks_.Detach();
}

std::vector<ProcessReading> KernelCounters::Read() {
  if (!hooks_.has_lifecycle()) slots_.FinishVanished();
  // In this order: what has exited by now has counted its last, so that its
  // classes, read next, are complete; and totals, read last, are never less
  // than the sum of their parts.
  const std::vector<uint32_t> exited = slots_.Exited();
  absl::flat_hash_map<uint32_t, ClassTotals> classes = classes_.Read();
  std::vector<ProcessReading> readings;
  for (auto& [slot, reading] : slots_.Read(exited)) {
    const auto totals = classes.find(slot);
    if (totals != classes.end()) {
      reading.classes = std::move(totals->second.classes);
      reading.klasses = std::move(totals->second.klasses);
    }
    readings.push_back(std::move(reading));
  }
  Recycle(exited);
  std::sort(readings.begin(), readings.end(), [](const ProcessReading& a, const ProcessReading& b) {
    return a.pid != b.pid ? a.pid < b.pid : a.start_ns < b.start_ns;
  });
  return readings;
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
