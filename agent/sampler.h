#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/drops.h"
#include "agent/probe/process_counters.h"
#include "agent/process_table.h"
#include "agent/report_builder.h"
#include "agent/ruby_processes.h"
#include "agent/watch_set.h"

namespace haldane::agent {

// Reads the kernel's totals, joins them with what discovery knows of each
// process, and hands every process whose state changed to the report builder.
// Not thread-safe.
class Sampler {
 public:
  // What it joins; all outlive it. `counters` may be null: then there is nothing
  // to read.
  struct Sources {
    ProcessCounters* counters;
    RubyProcesses* processes;
    ProcessTable* table;
    WatchSet* watch_set;
  };

  // `builder` and `drops` outlive this.
  Sampler(std::string boot_id, Sources sources, ReportBuilder* builder, Drops* drops);

  // Reads all totals. Processes that the kernel side has seen exit leave the
  // table; their final totals go to the builder.
  void Poll(absl::Duration since_boot);
  // Hands on what changed since the last call.
  void Publish();
  // Hands on the last state of a process that is not in the table any more.
  // `exit`: how it ended, where that is known.
  void PublishExit(const TrackedProcess& tracked, absl::Duration since_boot,
                   const std::optional<haldane::v1::Exit>& exit = std::nullopt);
  // A scan has been applied to the table: readings of processes that two scans
  // running did not explain are ended.
  void AfterScan();

  // True while a reading's process is unknown: a scan would help.
  bool has_strangers() const { return !strangers_.empty(); }

 private:
  void AdoptChildren(const std::vector<const ProcessReading*>& readings);
  void AbsorbExit(const ProcessReading& reading, absl::Duration since_boot);
  haldane::v1::ProcessSample Sample(const TrackedProcess& tracked) const;

  const std::string boot_id_;
  const Sources from_;
  ReportBuilder* builder_;
  Drops* drops_;
  uint64_t seen_ = 0;  // newest version of a reading
  // Pids that are counted, since a watched process forked them, but that run a
  // program which discovery does not know (yet), and the scans that missed them.
  std::map<uint32_t, int> strangers_;
};

}  // namespace haldane::agent
