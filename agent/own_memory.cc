#include "agent/own_memory.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace haldane::agent {

uint64_t OwnMemoryBytes() {
  const absl::StatusOr<std::string> statm = ReadFile("/proc/self/statm", 256);
  if (!statm.ok()) return 0;
  const std::vector<std::string> fields = absl::StrSplit(*statm, ' ');
  uint64_t pages = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &pages)) return 0;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace haldane::agent
