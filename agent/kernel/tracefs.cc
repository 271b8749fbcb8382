#include "agent/kernel/tracefs.h"

#include <errno.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace haldane::agent {
namespace {

constexpr char kTracefs[] = "/sys/kernel/tracing";

bool IsReadable(const char* directory) { return access(directory, R_OK | X_OK) == 0; }

}  // namespace

absl::Status EnsureTracefs() {
  // libbpf prefers the older place under debugfs where that is mounted.
  const bool mounted =
      IsReadable("/sys/kernel/debug/tracing/events") || IsReadable(absl::StrCat(kTracefs, "/events").c_str());
  if (!mounted && mount("nodev", kTracefs, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    const std::string what =
        absl::StrCat("tracefs is not mounted at ", kTracefs, " and cannot be; run `mount -t tracefs nodev ",
                     kTracefs, "` on the host");
    return absl::ErrnoToStatus(errno, what);
  }
  if (IsReadable("/sys/kernel/debug/tracing/events/syscalls") ||
      IsReadable(absl::StrCat(kTracefs, "/events/syscalls").c_str())) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "tracefs has no events/syscalls: the kernel is built without CONFIG_FTRACE_SYSCALLS");
}

}  // namespace haldane::agent
