#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "guard/cgroup/hierarchy.h"
#include "guard/policy/settings.h"

namespace haldane::guard {

// What a run used at most, and which limits stopped it. Unset: unknown here.
struct Usage {
  std::optional<uint64_t> memory_peak_bytes;
  std::optional<uint64_t> cpu_us;  // processor time
  std::optional<uint64_t> pids_peak;
  std::optional<uint64_t> cpu_throttled_us;
  uint64_t oom_kills = 0;      // processes killed for want of memory
  uint64_t forks_refused = 0;  // for want of pids
};

// The groups of one run: one of version 2, which the programs are attached to,
// and one in each hierarchy of version 1 that has a controller we limit with.
class RunGroup {
 public:
  // Makes the groups, named after `run_id`, with the limits set. Fails, with what
  // to do, when a limit that is asked for cannot be had.
  static absl::StatusOr<std::unique_ptr<RunGroup>> Create(const CgroupHierarchy& hierarchy,
                                                          const std::string& run_id,
                                                          const LimitSettings& limits);
  // Kills what is left and removes the groups, as Remove does.
  ~RunGroup();
  RunGroup(const RunGroup&) = delete;
  RunGroup& operator=(const RunGroup&) = delete;

  int fd() const { return directory_.get(); }  // of the version 2 group
  uint64_t id() const { return id_; }          // as the kernel's programs know it
  uint32_t level() const { return 2; }
  const std::string& path() const { return path_; }
  // Descriptors of cgroup.procs files of version 1, which the child writes "0"
  // to before it becomes the script.
  const std::vector<UniqueFd>& v1_procs() const { return v1_procs_; }

  // Its own id and those of the groups that the script has made below it.
  std::set<uint64_t> Ids() const;
  // Processes in it and below. Those that appear meanwhile may be missed.
  std::vector<uint32_t> Members() const;
  bool IsEmpty() const;
  // Kills everything in it, at once where the kernel can (Linux 5.14).
  void Kill() const;
  Usage usage() const;

  // Kills what is left and removes the groups; fails with what stays behind.
  absl::Status Remove();

 private:
  RunGroup() = default;
  absl::Status Limit(const CgroupHierarchy& hierarchy, const LimitSettings& limits);

  std::string path_;
  UniqueFd directory_;
  uint64_t id_ = 0;
  std::vector<std::string> v1_paths_;
  std::vector<UniqueFd> v1_procs_;
  std::string memory_, cpu_, cpuacct_, pids_;  // directories that know; empty: none
  bool removed_ = false;
};

// The directory that all runs are in, below a mount point.
inline constexpr char kGuardGroup[] = "haldane-guard";

// A name for a run of this process: time, and what makes the process unmistakable.
std::string NewRunId();

// Removes groups of runs whose launcher is gone, killing what is in them: what a
// guard that was killed together with its proxy left behind. Returns their run
// ids.
std::vector<std::string> SweepAbandonedRuns(const CgroupHierarchy& hierarchy);

}  // namespace haldane::guard
