#include "guard/cgroup/hierarchy.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane::guard {
namespace {

bool HasWord(absl::string_view words, absl::string_view word, char separator) {
  for (const absl::string_view each : absl::StrSplit(words, separator)) {
    if (each == word) return true;
  }
  return false;
}

// mountinfo writes blanks in paths as \040 and the like.
std::string Unescape(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size() && absl::ascii_isdigit(text[i + 1])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

absl::string_view CgroupHierarchy::WhoLimits(absl::string_view controller) const {
  if (HasWord(v2_controllers, controller, ' ')) return "v2";
  return v1.count(std::string(controller)) > 0 ? "v1" : "none";
}

absl::StatusOr<CgroupHierarchy> ParseMounts(absl::string_view mountinfo) {
  CgroupHierarchy hierarchy;
  for (const absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    // 36 35 98:0 /root /mount/point rw,noatime master:1 - type source options
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    const std::vector<absl::string_view> place = absl::StrSplit(halves.first, ' ');
    const std::vector<absl::string_view> what = absl::StrSplit(halves.second, ' ');
    // A mount of a part of the tree would hide where our group stands.
    if (place.size() < 5 || what.size() < 3 || place[3] != "/") continue;
    const std::string mount_point = Unescape(place[4]);
    if (what[0] == "cgroup2" && hierarchy.unified.empty()) hierarchy.unified = mount_point;
    if (what[0] != "cgroup") continue;
    for (const char* controller : {"cpu", "cpuacct", "memory", "pids"}) {
      if (HasWord(what[2], controller, ',')) hierarchy.v1.emplace(controller, mount_point);
    }
  }
  if (!hierarchy.unified.empty()) return hierarchy;
  return absl::FailedPreconditionError(
      "no control groups of version 2 are mounted; mount them anywhere, such as: mkdir -p "
      "/sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified");
}

absl::StatusOr<CgroupHierarchy> FindCgroups() {
  ASSIGN_OR_RETURN(const std::string mounts, ReadFile("/proc/self/mountinfo", 16 << 20));
  ASSIGN_OR_RETURN(CgroupHierarchy hierarchy, ParseMounts(mounts));
  ASSIGN_OR_RETURN(const std::string controllers,
                   ReadFile(absl::StrCat(hierarchy.unified, "/cgroup.controllers"), 4096));
  hierarchy.v2_controllers = std::string(absl::StripAsciiWhitespace(controllers));
  return hierarchy;
}

}  // namespace haldane::guard
