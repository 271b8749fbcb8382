#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/discovery/process_finder.h"
#include "agent/process_totals.h"

namespace haldane::agent {

// A Ruby process that is thought to live, and what is known of it.
struct TrackedProcess {
  RubyProcess process;
  ProcessTotals totals;
  bool watched = false;  // the kernel side has a slot for it
  // True once anything was read of it: from then on its totals are reported.
  bool was_counted = false;
  // Whether something that is reported changed since it was last handed on, and
  // how `counting` was then.
  bool changed = true;
  bool was_counting = false;
  int missed_scans = 0;
};

// The value of a process's label, empty if it has none of that name.
absl::string_view LabelOf(const RubyProcess& process, absl::string_view name);

// The Ruby processes of this host, by pid. Not thread-safe.
class ProcessTable {
 public:
  // With those whose end is yet to be acknowledged (ReportBuilder), as many as
  // the controller takes from one host. More are not looked at.
  static constexpr size_t kMaxProcesses = 4096;

  // Takes in what a scan found. Returns those that are gone: missed by two
  // scans running (one may catch a process in the middle of exec), or whose pid
  // belongs to another process now.
  std::vector<TrackedProcess> Apply(const std::vector<RubyProcess>& scan);

  // The process of this pid that started then; null if there is none.
  TrackedProcess* Find(uint32_t pid, uint64_t start_ns);
  // Takes in a child of `parent` that still runs its parent's program, and so
  // has its labels and its binary. Null when the table is full.
  TrackedProcess* Adopt(const TrackedProcess& parent, uint32_t pid, uint64_t start_ns);
  void Erase(uint32_t pid) { processes_.erase(pid); }

  std::map<uint32_t, TrackedProcess>& processes() { return processes_; }
  const std::map<uint32_t, TrackedProcess>& processes() const { return processes_; }
  // True when the last scan missed a process that is still in the table.
  bool in_doubt() const { return in_doubt_; }
  // Processes of the last scan for which there was no room.
  size_t overflow() const { return overflow_; }

 private:
  std::map<uint32_t, TrackedProcess> processes_;
  bool in_doubt_ = false;
  size_t overflow_ = 0;
};

}  // namespace haldane::agent
