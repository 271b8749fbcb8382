#include "guard/cgroup/group_files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/unique_fd.h"

namespace haldane::guard {

absl::Status WriteGroupFile(const std::string& path, absl::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.is_open() && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot write '", text, "' to ", path));
}

std::optional<uint64_t> ReadGroupNumber(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, 4096);
  uint64_t number = 0;
  if (!text.ok() || !absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)) return std::nullopt;
  return number;
}

std::optional<uint64_t> ReadGroupKey(const std::string& path, absl::string_view key) {
  const absl::StatusOr<std::string> text = ReadFile(path, 1 << 16);
  if (!text.ok()) return std::nullopt;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    uint64_t number = 0;
    if (words.size() == 2 && words[0] == key && absl::SimpleAtoi(words[1], &number)) return number;
  }
  return std::nullopt;
}

std::vector<std::string> GroupsBelow(const std::string& directory) {
  std::vector<std::string> groups;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) groups.push_back(entry->path().string());
  }
  std::reverse(groups.begin(), groups.end());  // parents come before their children
  return groups;
}

std::vector<uint32_t> ProcessesOf(const std::string& directory) {
  std::vector<uint32_t> pids;
  const absl::StatusOr<std::string> text = ReadFile(absl::StrCat(directory, "/cgroup.procs"), 16 << 20);
  if (!text.ok()) return pids;
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    uint32_t pid = 0;
    if (absl::SimpleAtoi(line, &pid) && pid > 0) pids.push_back(pid);
  }
  return pids;
}

std::optional<uint64_t> StartOfProcess(uint32_t pid) {
  const absl::StatusOr<std::string> stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"), 4096);
  if (!stat.ok()) return std::nullopt;
  // The command's name, in parentheses, may hold anything.
  const size_t after_name = stat->rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*stat).substr(after_name + 1), ' ', absl::SkipEmpty());
  uint64_t start = 0;
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[19], &start)) return std::nullopt;
  return start;
}

void KillGroup(const std::string& directory) {
  if (WriteGroupFile(absl::StrCat(directory, "/cgroup.kill"), "1").ok()) return;
  // Before Linux 5.14: until nobody is left who could fork.
  for (int round = 0; round < 100; round++) {
    std::vector<std::string> groups = GroupsBelow(directory);
    groups.push_back(directory);
    bool any = false;
    for (const std::string& group : groups) {
      for (const uint32_t pid : ProcessesOf(group)) any |= kill(static_cast<pid_t>(pid), SIGKILL) == 0;
    }
    if (!any) return;
    poll(nullptr, 0, 10);
  }
}

absl::Status RemoveGroup(const std::string& directory) {
  for (int round = 0;; round++) {
    for (const std::string& group : GroupsBelow(directory)) rmdir(group.c_str());
    if (rmdir(directory.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
    if (errno != EBUSY || round >= 200)
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot remove ", directory));
    KillGroup(directory);
    poll(nullptr, 0, 10);
  }
}

}  // namespace haldane::guard
