#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/config.h"
#include "agent/discovery/process_environment.h"

namespace haldane::agent {

// Whether a process has what the scope asks for.
bool IsInScope(const Scope& scope, ProcessEnvironment* environment);

// The labels of a process by the rules, in their order; a label whose source is
// missing or empty is left out. Values are valid UTF-8 of at most 256 bytes
// without control characters, whatever the process has put there. `process` is
// its folder, such as /proc/42.
std::vector<std::pair<std::string, std::string>> EvaluateLabels(const std::vector<LabelRule>& rules,
                                                                const std::string& process,
                                                                ProcessEnvironment* environment);

// The last component of the process's cgroup path, from the text of
// /proc/PID/cgroup: of the unified hierarchy, else of the first that has one.
// Empty when it is in the root everywhere.
std::string CgroupName(absl::string_view text);

}  // namespace haldane::agent
