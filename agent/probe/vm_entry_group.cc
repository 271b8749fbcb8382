#include "agent/probe/vm_entry_group.h"

#include "absl/time/clock.h"
#include "agent/probe/interpreter_points.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

InterpreterGroup::Resolver VmEntryResolver(haldane_bpf* programs) {
  return [programs](const ElfImage& image) -> absl::StatusOr<std::vector<ProgramPoints>> {
    ASSIGN_OR_RETURN(std::vector<ProbePoint> points, FindVmEntries(image));
    return std::vector<ProgramPoints>{
        {programs->progs.vm_entry_multi, programs->progs.vm_entry_single, std::move(points)}};
  };
}

}  // namespace

VmEntryGroup::VmEntryGroup(haldane_bpf* programs)
    : InterpreterGroup("vm_entries", {"ruby.vm_entries"},
                       {programs->progs.vm_entry_multi, programs->progs.vm_entry_single},
                       VmEntryResolver(programs), nullptr),
      programs_(programs) {
  SwitchOff(haldane::v1::SignalGap::CAUSE_NOT_WANTED, "it costs more than any other signal and says least");
}

absl::Status VmEntryGroup::Place() {
  // Only the burst attaches; this looks whether it can.
  const absl::Status placed = InterpreterGroup::Place();
  can_be_placed_ = InterpreterGroup::InPlace();
  (void)Release();
  return placed;
}

void VmEntryGroup::BurstIfDue() {
  if (!is_on() || !is_active() || Clock::Real().Monotonic() < next_) return;
  next_ = Clock::Real().Monotonic() + kEvery;
  (void)InterpreterGroup::Place();
  if (InterpreterGroup::InPlace()) {
    __atomic_store_n(&programs_->bss->burst_is_on, 1u, __ATOMIC_RELEASE);
    absl::SleepFor(kBurst);
    __atomic_store_n(&programs_->bss->burst_is_on, 0u, __ATOMIC_RELEASE);
  }
  (void)Release();
}

}  // namespace haldane::agent
