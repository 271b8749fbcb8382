#include "agent/kernel/mapped_page.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace haldane::agent {
namespace {

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

absl::StatusOr<MappedPage> MappedPage::Map(const std::string& path, uint64_t offset) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  struct stat status;
  if (fstat(fd.get(), &status) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot examine ", path));
  if (!S_ISREG(status.st_mode) || offset >= static_cast<uint64_t>(status.st_size)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no byte at offset ", offset));
  }
  const off_t start = static_cast<off_t>(offset - offset % PageSize());
  void* memory = mmap(nullptr, PageSize(), PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), start);
  if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, absl::StrCat("cannot map ", path));
  (void)mlock(memory, PageSize());
  return MappedPage(memory);
}

MappedPage::~MappedPage() {
  if (memory_ != nullptr) munmap(memory_, PageSize());
}

}  // namespace haldane::agent
