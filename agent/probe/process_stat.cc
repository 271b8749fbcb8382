#include "agent/probe/process_stat.h"

#include <unistd.h>

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
constexpr size_t kThreads = 20;
constexpr size_t kStartTime = 22;

uint64_t TickNs() {
  static const uint64_t tick = 1'000'000'000ull / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return tick;
}

}  // namespace

uint64_t CutToTick(uint64_t start_ns) { return start_ns - start_ns % TickNs(); }

bool IsAliveByStat(absl::string_view stat, uint64_t start_ns) {
  const size_t name_end = stat.rfind(") ");
  if (name_end == absl::string_view::npos) return false;
  const std::vector<absl::string_view> fields = absl::StrSplit(stat.substr(name_end + 2), ' ');
  if (fields.size() <= kStartTime - kThirdField) return false;
  uint64_t start_ticks = 0;
  uint32_t threads = 0;
  if (!absl::SimpleAtoi(fields[kStartTime - kThirdField], &start_ticks)) return false;
  if (!absl::SimpleAtoi(fields[kThreads - kThirdField], &threads)) return false;
  const bool first_thread_ended = fields[0] == "Z" || fields[0] == "X";
  return start_ticks == start_ns / TickNs() && !(first_thread_ended && threads <= 1);
}

bool IsAlive(uint32_t pid, uint64_t start_ns) {
  constexpr size_t kLimit = 4096;
  const absl::StatusOr<std::string> stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"), kLimit);
  return stat.ok() && IsAliveByStat(*stat, start_ns);
}

}  // namespace haldane::agent
