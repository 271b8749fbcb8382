#include "guard/cgroup/run_group.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "guard/cgroup/group_files.h"

namespace haldane::guard {
namespace {

constexpr uint64_t kQuotaPeriodUs = 100000;

// PARENT/run_id, with the parent, which another run may just be removing.
absl::Status MakeGroup(const std::string& parent, const std::string& run_id) {
  const std::string path = absl::StrCat(parent, "/", run_id);
  for (int attempt = 0; attempt < 100; attempt++) {
    if (mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) break;
    if (mkdir(path.c_str(), 0755) == 0) return absl::OkStatus();
    if (errno != ENOENT) break;
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot make the group ", path));
}

// The last run takes the common group with it.
void RemoveEmptyParent(const std::string& path) { rmdir(path.substr(0, path.rfind('/')).c_str()); }

uint64_t QuotaUs(double cores) {
  return std::max<uint64_t>(1000, static_cast<uint64_t>(cores * kQuotaPeriodUs));
}

// Run ids end in the launcher's start and pid, so that a later run can tell
// whether it lives.
bool LauncherLives(const std::string& run_id) {
  const std::vector<std::string> parts = absl::StrSplit(run_id, '-');
  uint64_t start = 0, pid = 0;
  if (parts.size() < 3 || !absl::SimpleAtoi(parts.back(), &pid)) return false;
  if (!absl::SimpleAtoi(parts[parts.size() - 2], &start)) return false;
  return StartOfProcess(static_cast<uint32_t>(pid)).value_or(0) == start;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunGroup>> RunGroup::Create(const CgroupHierarchy& hierarchy,
                                                           const std::string& run_id,
                                                           const LimitSettings& limits) {
  std::unique_ptr<RunGroup> group(new RunGroup);
  const std::string parent = absl::StrCat(hierarchy.unified, "/", kGuardGroup);
  RETURN_IF_ERROR(MakeGroup(parent, run_id));
  group->path_ = absl::StrCat(parent, "/", run_id);
  group->directory_.reset(open(group->path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status;
  if (!group->directory_.is_open() || fstat(group->fd(), &status) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", group->path_));
  }
  group->id_ = status.st_ino;

  // Each controller either lives here or in a hierarchy of its own. Without
  // limits they still tell how much was used.
  for (const char* controller : {"cpu", "memory", "pids"}) {
    if (hierarchy.WhoLimits(controller) != "v2") continue;
    const std::string enable = absl::StrCat("+", controller);
    WriteGroupFile(absl::StrCat(hierarchy.unified, "/cgroup.subtree_control"), enable).IgnoreError();
    WriteGroupFile(absl::StrCat(parent, "/cgroup.subtree_control"), enable).IgnoreError();
  }
  for (const auto& [controller, mount_point] : hierarchy.v1) {
    if (controller != "cpuacct" && hierarchy.WhoLimits(controller) != "v1") continue;
    const std::string v1_parent = absl::StrCat(mount_point, "/", kGuardGroup);
    const std::string path = absl::StrCat(v1_parent, "/", run_id);
    if (controller == "memory") group->memory_ = path;
    if (controller == "cpu") group->cpu_ = path;
    if (controller == "cpuacct") group->cpuacct_ = path;
    if (controller == "pids") group->pids_ = path;
    // Controllers may share a hierarchy.
    if (std::count(group->v1_paths_.begin(), group->v1_paths_.end(), path) > 0) continue;
    RETURN_IF_ERROR(MakeGroup(v1_parent, run_id));
    group->v1_paths_.push_back(path);
    group->v1_procs_.emplace_back(open(absl::StrCat(path, "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!group->v1_procs_.back().is_open()) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path, "/cgroup.procs"));
    }
  }
  RETURN_IF_ERROR(group->Limit(hierarchy, limits));
  return group;
}

RunGroup::~RunGroup() { Remove().IgnoreError(); }

absl::Status RunGroup::Limit(const CgroupHierarchy& hierarchy, const LimitSettings& limits) {
  const auto need = [&](absl::string_view controller) {
    return hierarchy.WhoLimits(controller) != "none"
               ? absl::OkStatus()
               : absl::FailedPreconditionError(
                     absl::StrCat("limits.", controller, ": no hierarchy of control groups here has the ",
                                  controller, " controller; remove the limit or mount one"));
  };
  if (limits.cpu.has_value()) {
    RETURN_IF_ERROR(need("cpu"));
    const uint64_t quota = QuotaUs(*limits.cpu);
    if (cpu_.empty()) {
      RETURN_IF_ERROR(
          WriteGroupFile(absl::StrCat(path_, "/cpu.max"), absl::StrCat(quota, " ", kQuotaPeriodUs)));
    } else {
      RETURN_IF_ERROR(WriteGroupFile(absl::StrCat(cpu_, "/cpu.cfs_period_us"), absl::StrCat(kQuotaPeriodUs)));
      RETURN_IF_ERROR(WriteGroupFile(absl::StrCat(cpu_, "/cpu.cfs_quota_us"), absl::StrCat(quota)));
    }
  }
  if (limits.memory_bytes.has_value()) {
    RETURN_IF_ERROR(need("memory"));
    const std::string file = memory_.empty() ? absl::StrCat(path_, "/memory.max")
                                             : absl::StrCat(memory_, "/memory.limit_in_bytes");
    RETURN_IF_ERROR(WriteGroupFile(file, absl::StrCat(*limits.memory_bytes)));
    // Swap would only draw the end out; not every kernel counts it.
    const std::string swap = memory_.empty() ? absl::StrCat(path_, "/memory.swap.max")
                                             : absl::StrCat(memory_, "/memory.memsw.limit_in_bytes");
    WriteGroupFile(swap, memory_.empty() ? "0" : absl::StrCat(*limits.memory_bytes)).IgnoreError();
  }
  if (limits.pids.has_value()) {
    RETURN_IF_ERROR(need("pids"));
    RETURN_IF_ERROR(
        WriteGroupFile(absl::StrCat(pids_.empty() ? path_ : pids_, "/pids.max"), absl::StrCat(*limits.pids)));
  }
  return absl::OkStatus();
}

std::set<uint64_t> RunGroup::Ids() const {
  std::set<uint64_t> ids = {id_};
  for (const std::string& group : GroupsBelow(path_)) {
    struct stat status;
    if (stat(group.c_str(), &status) == 0) ids.insert(status.st_ino);
  }
  return ids;
}

std::vector<uint32_t> RunGroup::Members() const {
  std::vector<uint32_t> members = ProcessesOf(path_);
  for (const std::string& group : GroupsBelow(path_)) {
    const std::vector<uint32_t> more = ProcessesOf(group);
    members.insert(members.end(), more.begin(), more.end());
  }
  return members;
}

bool RunGroup::IsEmpty() const {
  return ReadGroupKey(absl::StrCat(path_, "/cgroup.events"), "populated").value_or(1) == 0;
}

void RunGroup::Kill() const { KillGroup(path_); }

Usage RunGroup::usage() const {
  Usage usage;
  const auto sum = [](std::optional<uint64_t> value) { return value.value_or(0); };
  if (memory_.empty()) {
    usage.memory_peak_bytes = ReadGroupNumber(absl::StrCat(path_, "/memory.peak"));
    usage.oom_kills = sum(ReadGroupKey(absl::StrCat(path_, "/memory.events"), "oom_kill"));
  } else {
    usage.memory_peak_bytes = ReadGroupNumber(absl::StrCat(memory_, "/memory.max_usage_in_bytes"));
    usage.oom_kills = sum(ReadGroupKey(absl::StrCat(memory_, "/memory.oom_control"), "oom_kill"));
  }
  usage.cpu_us = ReadGroupKey(absl::StrCat(path_, "/cpu.stat"), "usage_usec");
  if (!usage.cpu_us.has_value() && !cpuacct_.empty()) {
    const std::optional<uint64_t> ns = ReadGroupNumber(absl::StrCat(cpuacct_, "/cpuacct.usage"));
    if (ns.has_value()) usage.cpu_us = *ns / 1000;
  }
  if (cpu_.empty()) {
    usage.cpu_throttled_us = ReadGroupKey(absl::StrCat(path_, "/cpu.stat"), "throttled_usec");
  } else {
    const std::optional<uint64_t> ns = ReadGroupKey(absl::StrCat(cpu_, "/cpu.stat"), "throttled_time");
    if (ns.has_value()) usage.cpu_throttled_us = *ns / 1000;
  }
  const std::string& pids = pids_.empty() ? path_ : pids_;
  usage.pids_peak = ReadGroupNumber(absl::StrCat(pids, "/pids.peak"));
  usage.forks_refused = sum(ReadGroupKey(absl::StrCat(pids, "/pids.events"), "max"));
  return usage;
}

absl::Status RunGroup::Remove() {
  if (removed_) return absl::OkStatus();
  removed_ = true;
  v1_procs_.clear();
  absl::Status first;
  if (!path_.empty()) {
    if (!IsEmpty()) KillGroup(path_);
    first.Update(RemoveGroup(path_));
    RemoveEmptyParent(path_);
  }
  for (const std::string& path : v1_paths_) {
    first.Update(RemoveGroup(path));
    RemoveEmptyParent(path);
  }
  return first;
}

std::string NewRunId() {
  const uint32_t pid = static_cast<uint32_t>(getpid());
  return absl::StrCat(absl::FormatTime("%Y%m%dT%H%M%S", absl::Now(), absl::UTCTimeZone()), "-",
                      StartOfProcess(pid).value_or(0), "-", pid);
}

std::vector<std::string> SweepAbandonedRuns(const CgroupHierarchy& hierarchy) {
  std::vector<std::string> swept;
  std::vector<std::string> mounts = {hierarchy.unified};
  for (const auto& [controller, mount_point] : hierarchy.v1) mounts.push_back(mount_point);
  for (const std::string& mount_point : mounts) {
    const std::string parent = absl::StrCat(mount_point, "/", kGuardGroup);
    for (const std::string& group : GroupsBelow(parent)) {
      const std::string run_id = group.substr(parent.size() + 1);
      if (run_id.find('/') != std::string::npos || LauncherLives(run_id)) continue;
      KillGroup(group);
      if (RemoveGroup(group).ok() && mount_point == hierarchy.unified) swept.push_back(run_id);
      RemoveEmptyParent(group);
    }
  }
  return swept;
}

}  // namespace haldane::guard
