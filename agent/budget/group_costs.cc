#include "agent/budget/group_costs.h"

namespace haldane::agent {
namespace {

// A uprobe's trap, on an instruction that the kernel emulates: 0.6 to 0.7
// microseconds on the machines on which it was measured.
constexpr absl::Duration kTrap = absl::Nanoseconds(650);
// A tracepoint with its arguments.
constexpr absl::Duration kTracepoint = absl::Nanoseconds(100);

}  // namespace

absl::Duration OverheadPerRun(const std::string& group) {
  for (const char* trapping : {"vm_entries", "loads", "gc_pause", "exceptions"}) {
    if (group == trapping) return kTrap;
  }
  return kTracepoint;
}

absl::Duration AveragedOver(const std::string& group) {
  return group == "vm_entries" ? absl::Seconds(10) : absl::Nanoseconds(1);
}

bool MustBeAskedFor(const std::string& group) { return group == "vm_entries"; }

bool IsCountedBetweenRollouts(const std::string& group) {
  for (const char* cheap : {"exceptions", "responses", "signals"}) {
    if (group == cheap) return true;
  }
  return false;
}

}  // namespace haldane::agent
