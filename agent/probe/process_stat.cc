#include "agent/probe/process_stat.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace haldane::agent {
namespace {

// Fields as proc(5) numbers them; the command's name, which may contain
// anything, ends at the last parenthesis, before the third.
constexpr size_t kThirdField = 3;
constexpr size_t kFlags = 9;
constexpr size_t kMajorFaults = 12;
constexpr size_t kUserTime = 14;
constexpr size_t kSystemTime = 15;
constexpr size_t kThreads = 20;
constexpr size_t kStartTime = 22;
constexpr size_t kResidentPages = 24;

// PF_EXITING of the kernel's task flags: set before the last thread's exit is
// announced, while the state goes on to say "running" for a while.
constexpr uint32_t kExiting = 0x4;

constexpr int kTries = 3;

uint64_t TickNs() {
  static const uint64_t tick = 1'000'000'000ull / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return tick;
}

std::optional<ProcessStat> ReadProcessStat(const std::string& directory) {
  constexpr size_t kLimit = 4096;
  const absl::StatusOr<std::string> text = ReadFile(absl::StrCat(directory, "/stat"), kLimit);
  return text.ok() ? ParseProcessStat(*text) : std::nullopt;
}

enum class Threads { kSomeRun, kAllExit, kChanging };

Threads LookAtThreads(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(opendir(directory.c_str()), closedir);
  if (threads == nullptr) return Threads::kAllExit;
  bool changing = false;
  while (const dirent* entry = readdir(threads.get())) {
    if (entry->d_name[0] == '.') continue;
    const std::optional<ProcessStat> stat = ReadProcessStat(absl::StrCat(directory, "/", entry->d_name));
    if (stat.has_value() && !stat->exiting) return Threads::kSomeRun;
    // One that calls exec takes the first thread's id, and its own vanishes.
    if (!stat.has_value()) changing = true;
  }
  return changing ? Threads::kChanging : Threads::kAllExit;
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(absl::string_view text) {
  const size_t name_end = text.rfind(") ");
  if (name_end == absl::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> fields = absl::StrSplit(text.substr(name_end + 2), ' ');
  if (fields.size() <= kResidentPages - kThirdField) return std::nullopt;
  bool sound = true;
  const auto number = [&](size_t field) {
    uint64_t value = 0;
    sound &= absl::SimpleAtoi(fields[field - kThirdField], &value);
    return value;
  };
  ProcessStat stat;
  stat.start_ns = number(kStartTime) * TickNs();
  stat.exiting = (number(kFlags) & kExiting) != 0;
  stat.major_faults = number(kMajorFaults);
  stat.cpu_us = (number(kUserTime) + number(kSystemTime)) * (TickNs() / 1000);
  stat.threads = static_cast<uint32_t>(number(kThreads));
  stat.rss_bytes = number(kResidentPages) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return sound ? std::optional(stat) : std::nullopt;
}

std::optional<ProcessStat> ReadProcessStat(uint32_t pid) {
  return ReadProcessStat(absl::StrCat("/proc/", pid));
}

std::optional<uint32_t> CountDescriptors(uint32_t pid) {
  const std::string directory = absl::StrCat("/proc/", pid, "/fd");
  struct stat status;
  if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
  // Linux 6.2 and later say how many there are.
  if (status.st_size > 0) return static_cast<uint32_t>(status.st_size);
  const std::unique_ptr<DIR, int (*)(DIR*)> descriptors(opendir(directory.c_str()), closedir);
  if (descriptors == nullptr) return std::nullopt;
  uint32_t count = 0;
  while (const dirent* entry = readdir(descriptors.get())) count += entry->d_name[0] != '.';
  return count;
}

uint64_t CutToTick(uint64_t start_ns) { return start_ns - start_ns % TickNs(); }

bool IsAlive(uint32_t pid, uint64_t start_ns) {
  const std::string directory = absl::StrCat("/proc/", pid);
  for (int i = 0; i < kTries; ++i) {
    const std::optional<ProcessStat> first = ReadProcessStat(directory);
    if (!first.has_value() || first->start_ns != CutToTick(start_ns)) return false;
    if (!first->exiting) return true;
    // The first thread may end before the others.
    const Threads threads = LookAtThreads(directory + "/task");
    if (threads != Threads::kChanging) return threads == Threads::kSomeRun;
  }
  return false;
}

}  // namespace haldane::agent
