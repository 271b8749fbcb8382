#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace haldane::guard {

// Files of a control group. Errors name the file.
absl::Status WriteGroupFile(const std::string& path, absl::string_view text);
std::optional<uint64_t> ReadGroupNumber(const std::string& path);
// The number behind `key` in a file of "key number" lines.
std::optional<uint64_t> ReadGroupKey(const std::string& path, absl::string_view key);
// Groups below a directory, deepest first, not the directory itself.
std::vector<std::string> GroupsBelow(const std::string& directory);
// Processes of one group.
std::vector<uint32_t> ProcessesOf(const std::string& directory);
// When a process started, in clock ticks since boot; nothing when there is none.
std::optional<uint64_t> StartOfProcess(uint32_t pid);
// Kills all processes in a group and below it.
void KillGroup(const std::string& directory);
// Removes a group and those below it, waiting up to two seconds for processes
// that are killed to be gone.
absl::Status RemoveGroup(const std::string& directory);

}  // namespace haldane::guard
