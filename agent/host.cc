#include "agent/host.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane::agent {

absl::StatusOr<std::string> ReadBootId(const std::string& proc) {
  const std::string path = absl::StrCat(proc, "/sys/kernel/random/boot_id");
  ASSIGN_OR_RETURN(std::string id, ReadFile(path, 64));
  absl::StripAsciiWhitespace(&id);
  if (id.size() != 36 || id.find_first_not_of("0123456789abcdef-") != std::string::npos) {
    return absl::DataLossError(
        absl::StrCat(path, " does not hold a boot identity; is procfs mounted at ", proc, "?"));
  }
  return id;
}

absl::StatusOr<uint64_t> DrawEpoch() {
  uint64_t epoch = 0;
  while (epoch == 0) {
    const ssize_t n = getrandom(&epoch, sizeof epoch, 0);
    if (n < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "getrandom");
    if (n != sizeof epoch) epoch = 0;
  }
  return epoch;
}

absl::Time BootClock::Now() const { return absl::Now(); }

absl::Duration BootClock::Monotonic() const {
  timespec ts;
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return absl::DurationFromTimespec(ts);
}

}  // namespace haldane::agent
