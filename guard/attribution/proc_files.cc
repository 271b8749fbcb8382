#include "guard/attribution/proc_files.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace haldane::guard {
namespace {

constexpr uint64_t kNanosecondsPerTick = 10000000;  // USER_HZ is 100 on every Linux that we run on

}  // namespace

std::optional<ProcProcess> ReadProcess(const std::string& proc, uint32_t pid) {
  const std::string directory = absl::StrCat(proc, "/", pid);
  const absl::StatusOr<std::string> stat = ReadFile(absl::StrCat(directory, "/stat"), 4096);
  if (!stat.ok()) return std::nullopt;
  const size_t name_start = stat->find('('), name_end = stat->rfind(')');
  if (name_start == std::string::npos || name_end == std::string::npos || name_end < name_start)
    return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*stat).substr(name_end + 1), ' ', absl::SkipEmpty());
  ProcProcess process;
  uint64_t ticks = 0;
  if (fields.size() < 20 || !absl::SimpleAtoi(fields[1], &process.parent) ||
      !absl::SimpleAtoi(fields[19], &ticks)) {
    return std::nullopt;
  }
  process.start_ns = ticks * kNanosecondsPerTick;
  process.comm = stat->substr(name_start + 1, name_end - name_start - 1);
  // A zombie has neither; a long command line comes whole or not at all, and
  // not at all is unknown.
  const absl::StatusOr<std::string> arguments = ReadFile(absl::StrCat(directory, "/cmdline"), 2 << 20);
  if (arguments.ok()) process.arguments = *arguments;
  char target[PATH_MAX];
  const ssize_t length = readlink(absl::StrCat(directory, "/exe").c_str(), target, sizeof target);
  if (length > 0) process.executable.assign(target, static_cast<size_t>(length));
  return process;
}

std::optional<uint32_t> HolderOfSocket(const std::string& proc, uint64_t inode,
                                       const std::vector<uint32_t>& pids) {
  const std::string wanted = absl::StrCat("socket:[", inode, "]");
  for (const uint32_t pid : pids) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(absl::StrCat(proc, "/", pid, "/fd"), error), end;
         !error && entry != end; entry.increment(error)) {
      std::error_code gone;
      if (std::filesystem::read_symlink(entry->path(), gone) == wanted) return pid;
    }
  }
  return std::nullopt;
}

bool SameStart(uint64_t exact_ns, uint64_t coarse_ns) {
  return exact_ns / kNanosecondsPerTick == coarse_ns / kNanosecondsPerTick;
}

std::string JoinArguments(absl::string_view arguments, size_t limit) {
  std::string joined(arguments.substr(0, limit));
  if (arguments.size() <= limit && !joined.empty() && joined.back() == '\0') joined.pop_back();
  std::replace(joined.begin(), joined.end(), '\0', ' ');
  return joined;
}

std::string ScriptOfArguments(absl::string_view arguments) {
  static constexpr const char* kInterpreters[] = {"bash", "dash", "sh",     "zsh",    "ksh",
                                                  "ruby", "perl", "python", "python3"};
  const std::vector<absl::string_view> words = absl::StrSplit(arguments, '\0', absl::SkipEmpty());
  if (words.size() < 2) return "";
  const absl::string_view program = LastPart(words[0]);
  if (std::find(std::begin(kInterpreters), std::end(kInterpreters), program) == std::end(kInterpreters))
    return "";
  // Options that may have a value of their own end the search: their value
  // could be taken for the script.
  for (size_t i = 1; i < words.size(); i++) {
    if (!absl::StartsWith(words[i], "-")) return std::string(words[i]);
    if (words[i].size() < 2 || words[i].find_first_not_of("euxvw", 1) != absl::string_view::npos) return "";
    if (program != "bash" && program != "sh" && program != "dash" && words[i] != "-w" && words[i] != "-u")
      return "";
  }
  return "";
}

absl::string_view LastPart(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace haldane::guard
