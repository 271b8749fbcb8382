#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane::guard {

// Where this machine has its control groups: version 2 alone, version 1, or
// both, with the controllers divided between them.
struct CgroupHierarchy {
  std::string unified;                    // mount point of version 2
  std::map<std::string, std::string> v1;  // controller -> mount point of version 1
  std::string v2_controllers;             // that version 2 has, as its file says: "cpu memory pids"

  // "v1", "v2" or "none": who limits this ("cpu", "memory", "pids").
  absl::string_view WhoLimits(absl::string_view controller) const;
};

// Reads a mountinfo file's text (see proc(5)). Pure.
// FAILED_PRECONDITION, with what to do, when version 2 is not mounted.
absl::StatusOr<CgroupHierarchy> ParseMounts(absl::string_view mountinfo);

// Of this process.
absl::StatusOr<CgroupHierarchy> FindCgroups();

}  // namespace haldane::guard
