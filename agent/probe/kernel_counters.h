#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/kernel/programs.h"
#include "agent/kernel/rcu_barrier.h"
#include "agent/kernel/ring_reader.h"
#include "agent/probe/class_table.h"
#include "agent/probe/lifecycle_hooks.h"
#include "agent/probe/probe_groups.h"
#include "agent/probe/process_counters.h"
#include "agent/probe/reading_table.h"
#include "agent/probe/slot_table.h"

namespace haldane::agent {

// ProcessCounters by the programs of bpf/.
class KernelCounters final : public ProcessCounters {
 public:
  // `slots`: how many processes can be counted at a time, up to HALDANE_SLOTS.
  static absl::StatusOr<std::unique_ptr<KernelCounters>> Create(uint32_t slots);

  absl::Status Watch(uint32_t pid, uint64_t start_ns) override;
  void Unwatch(uint32_t pid) override { slots_.Unwatch(pid); }
  absl::Status AttachKernelHooks() override;
  void AttachInterpreter(const std::string& binary, const std::string& path) override;
  absl::Status AttachRaise(const std::string& binary, const std::string& path,
                           const RaiseProbe& probe) override;
  void DetachRaise(const std::string& binary) override;
  void DetachWitnesses(const std::string& binary) override { groups_.raise().ForgetWitnesses(binary); }
  void DetachAll() override;
  std::vector<ProbeGroup*> Groups() override;
  absl::Span<const ProcessReading> Read() override;
  std::vector<LifecycleEvent> DrainLifecycle() override;
  std::vector<Drop> Drops() override;

  // The loaded programs, for tests.
  haldane_bpf* programs() { return programs_.get(); }

 private:
  KernelCounters(Programs programs, SlotTable slots, ClassTable classes, RcuBarrier barrier);
  void TakeLifecycle(absl::string_view record);
  absl::Status AttachLifecycle();
  void ReadSlot(uint32_t index, bool is_final);
  // Makes the slots of ended processes available again: those that are `final`,
  // and those that Unwatch gave up.
  void Recycle(std::vector<uint32_t> final_slots);

  Programs programs_;
  SlotTable slots_;
  ClassTable classes_;
  ReadingTable readings_;
  RcuBarrier barrier_;
  std::map<std::string, ProbedBinary> binaries_;
  LifecycleHooks lifecycle_hooks_;
  ProbeGroups groups_;
  uint64_t version_ = 0;
  std::unique_ptr<RingReader> lifecycle_ring_;
  std::vector<LifecycleEvent> lifecycle_;
};

}  // namespace haldane::agent
