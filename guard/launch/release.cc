#include "guard/launch/release.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "guard/cgroup/group_files.h"

namespace haldane::guard {
namespace {

constexpr int kRounds = 50;  // for what forks meanwhile

// cgroup.procs files of our own groups: "4:memory:/user" -> MEMORY/user/cgroup.procs.
std::vector<std::string> OwnGroups(const CgroupHierarchy& hierarchy) {
  std::vector<std::string> files;
  const absl::StatusOr<std::string> text = ReadFile("/proc/self/cgroup", 1 << 16);
  if (!text.ok()) return files;
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    if (parts[0] == "0") files.push_back(absl::StrCat(hierarchy.unified, parts[2], "/cgroup.procs"));
    for (const auto& [controller, mount_point] : hierarchy.v1) {
      for (const absl::string_view each : absl::StrSplit(parts[1], ',')) {
        if (each == controller) files.push_back(absl::StrCat(mount_point, parts[2], "/cgroup.procs"));
      }
    }
  }
  return files;
}

}  // namespace

void ReleaseProcesses(const RunGroup& group) {
  const absl::StatusOr<CgroupHierarchy> hierarchy = FindCgroups();
  if (!hierarchy.ok()) return;
  const std::vector<std::string> groups = OwnGroups(*hierarchy);
  for (int round = 0; round < kRounds && !group.IsEmpty(); round++) {
    for (const uint32_t pid : group.Members()) {
      for (const std::string& file : groups) WriteGroupFile(file, absl::StrCat(pid)).IgnoreError();
    }
  }
}

}  // namespace haldane::guard
