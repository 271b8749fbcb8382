#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace haldane {

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t n = read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
    if (n == 0) return content;
    if (content.size() + static_cast<size_t>(n) > limit) {
      return absl::ResourceExhaustedError(absl::StrCat(path, " is longer than ", limit, " bytes"));
    }
    content.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace haldane
