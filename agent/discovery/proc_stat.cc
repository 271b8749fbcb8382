#include "agent/discovery/proc_stat.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace haldane::agent {
namespace {

// Places in the list that begins with the state, which proc(5) counts as field 3.
constexpr size_t kStartTicks = 22 - 3;
constexpr size_t kMemoryBytes = 23 - 3;
constexpr size_t kCodeAddress = 26 - 3;
constexpr size_t kStackAddress = 28 - 3;
constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

uint64_t NanosecondsPerTick() {
  static const uint64_t value = kNanosecondsPerSecond / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return value;
}

}  // namespace

std::optional<ProcStat> ParseProcStat(absl::string_view text) {
  const size_t name_end = text.rfind(')');
  if (name_end == absl::string_view::npos) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::StripAsciiWhitespace(text.substr(name_end + 1)), ' ');
  if (fields.size() <= kStackAddress || fields[0].size() != 1) return std::nullopt;
  ProcStat stat;
  stat.state = fields[0][0];
  uint64_t ticks = 0;
  if (!absl::SimpleAtoi(fields[kStartTicks], &ticks) || ticks > UINT64_MAX / NanosecondsPerTick() ||
      !absl::SimpleAtoi(fields[kMemoryBytes], &stat.memory_bytes) ||
      !absl::SimpleAtoi(fields[kCodeAddress], &stat.code_address) ||
      !absl::SimpleAtoi(fields[kStackAddress], &stat.stack_address)) {
    return std::nullopt;
  }
  stat.start_ns = ticks * NanosecondsPerTick();
  return stat;
}

}  // namespace haldane::agent
