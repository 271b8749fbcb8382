#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/probe/group_base.h"
#include "agent/probe/interpreter_group.h"
#include "agent/probe/raise_group.h"
#include "agent/probe/tracepoint_group.h"
#include "agent/probe/usage_group.h"
#include "agent/probe/vm_entry_group.h"

struct haldane_bpf;

namespace haldane::agent {

// Every group there is, over one set of loaded programs. docs/signals.md has what
// each counts and costs. Not thread-safe.
class ProbeGroups {
 public:
  // `programs` outlives this. `forget_pauses` is called before pauses of garbage
  // collectors are counted anew: none that is under way then has a beginning.
  ProbeGroups(haldane_bpf* programs, std::function<void()> forget_pauses);

  // In the order in which they are to be shed.
  const std::vector<GroupBase*>& all() const { return order_; }
  RaiseGroup& raise() { return raise_; }
  VmEntryGroup& vm_entries() { return vm_entries_; }
  UsageGroup& usage() { return usage_; }
  // Those that count inside interpreters, other than raise().
  std::vector<InterpreterGroup*> interpreter() { return {&vm_entries_, &loads_, &gc_pause_}; }

  // Attaches every group that is on. Fails only if responses do: without them no
  // number has an exposure.
  absl::Status Activate();
  // Gives up everything that is attached.
  PlacedProbes Deactivate();

 private:
  VmEntryGroup vm_entries_;
  TracepointGroup sys_errors_;
  TracepointGroup latency_;
  InterpreterGroup loads_;
  InterpreterGroup gc_pause_;
  TracepointGroup tcp_;
  UsageGroup usage_;
  TracepointGroup signals_;
  RaiseGroup raise_;
  TracepointGroup responses_;
  std::vector<GroupBase*> order_;
};

}  // namespace haldane::agent
