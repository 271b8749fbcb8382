#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "agent/binary_probes.h"
#include "agent/probe/process_counters.h"
#include "agent/process_table.h"
#include "agent/raise_check.h"
#include "agent/ruby_processes.h"
#include "haldane/v1/common.pb.h"

namespace haldane::agent {

// Which processes are counted: those of the services that the controller asks
// for, once everything that counts them is attached. Not thread-safe.
class WatchSet {
 public:
  // All outlive this.
  WatchSet(ProcessCounters* counters, const RubyProcesses* processes, ProcessTable* table)
      : counters_(counters), processes_(processes), table_(table), probes_(counters, processes) {}

  // Attaches, watches, unwatches and detaches until exactly the processes of
  // `services` are counted. What fails is logged and tried again by the next
  // call. Hooks of the kernel are attached with the first process and stay.
  void Reconcile(const std::set<std::string>& services);

  // Detaches every probe and hook. Totals stay readable until UnwatchAll.
  void DetachAll();
  // Ends the counting of every process of the table.
  void UnwatchAll();
  // Ends the counting of one process that the table no longer has.
  void Unwatch(uint32_t pid) { counters_->Unwatch(pid); }

  // A reading of a process that is counted: is the probe of its binary in order?
  void Observe(const TrackedProcess& tracked, const ProcessReading& reading);
  // Why exceptions may be missed although a probe is attached; none if all is well.
  std::optional<std::string> silence() const { return check_.silence(); }

  // True when every event of the process's signals is being counted.
  bool is_counting(const TrackedProcess& tracked) const;
  haldane::v1::ProbeSource source(const TrackedProcess& tracked) const;
  // True while anything may be attached.
  bool is_active() const { return is_active_; }
  std::map<haldane::v1::ProbeSource, int> Attached() const { return probes_.Attached(); }

 private:
  void Watch(TrackedProcess* tracked);
  void Unwatch(TrackedProcess* tracked);
  // Looks for the breakpoints in a process that is about to be counted.
  void CheckBreakpoints(const RubyProcess& process);
  bool AttachHooks();
  // Logs a failure unless the one before was the same.
  void LogFailure(absl::string_view event, const absl::Status& failure, absl::string_view hint);

  ProcessCounters* counters_;
  const RubyProcesses* processes_;
  ProcessTable* table_;
  BinaryProbes probes_;
  RaiseCheck check_;
  bool is_active_ = false;
  bool hooks_attached_ = false;
  std::string last_failure_;
};

}  // namespace haldane::agent
