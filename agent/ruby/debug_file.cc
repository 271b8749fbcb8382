#include "agent/ruby/debug_file.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <climits>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr uint64_t kMaxDebugFile = 1 << 30;

absl::StatusOr<ElfImage> ByBuildId(const ElfImage& image, const std::string& debug_root) {
  const std::string& id = image.build_id();
  if (id.size() < 4) return absl::NotFoundError("the binary has no build id");
  const std::string path =
      absl::StrCat(debug_root, "/.build-id/", id.substr(0, 2), "/", id.substr(2), ".debug");
  auto debug = ElfImage::Open(path);
  if (!debug.ok()) return absl::NotFoundError(absl::StrCat("no usable ", path));
  if (debug->build_id() != id) return absl::NotFoundError(absl::StrCat(path, " has another build id"));
  return debug;
}

absl::StatusOr<uint32_t> Checksum(const ElfImage& image) {
  if (image.identity().size > kMaxDebugFile) return image.Unsound("too large to verify its checksum");
  uLong crc = crc32(0, nullptr, 0);
  for (uint64_t offset = 0; offset < image.identity().size;) {
    const uint64_t size = std::min<uint64_t>(image.identity().size - offset, 1 << 20);
    ASSIGN_OR_RETURN(const std::string bytes, image.Read(offset, size, "checksum"));
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    offset += size;
  }
  return static_cast<uint32_t>(crc);
}

// The folder in which the binary was installed, as it calls it itself: the path
// given may be a link below /proc.
std::string InstalledFolder(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof(target));
  const bool is_absolute_link = length > 0 && length < PATH_MAX && target[0] == '/';
  const std::string real = is_absolute_link ? std::string(target, static_cast<size_t>(length)) : path;
  return real.substr(0, real.rfind('/') == std::string::npos ? 0 : real.rfind('/'));
}

absl::StatusOr<ElfImage> ByDebugLink(const ElfImage& image, const std::string& debug_root) {
  const ElfSection* section = image.FindSection(".gnu_debuglink");
  if (section == nullptr) return absl::NotFoundError("the binary has no .gnu_debuglink");
  ASSIGN_OR_RETURN(const std::string link, image.ReadSection(*section, 4096));
  const size_t length = std::min(link.find('\0'), link.size());
  const std::string name = link.substr(0, length);
  const size_t checksum_at = (length + 4) & ~size_t{3};
  uint32_t expected = 0;
  if (name.empty() || name.find('/') != std::string::npos || checksum_at + sizeof(expected) > link.size()) {
    return absl::NotFoundError("its .gnu_debuglink is malformed");
  }
  std::memcpy(&expected, link.data() + checksum_at, sizeof(expected));
  const std::string path = absl::StrCat(debug_root, InstalledFolder(image.path()), "/", name);
  auto debug = ElfImage::Open(path);
  if (!debug.ok()) return absl::NotFoundError(absl::StrCat("no usable ", path));
  ASSIGN_OR_RETURN(const uint32_t actual, Checksum(*debug));
  if (actual != expected) return absl::NotFoundError(absl::StrCat(path, " has another checksum"));
  return debug;
}

}  // namespace

absl::StatusOr<ElfImage> FindDebugFile(const ElfImage& image, const std::string& debug_root) {
  auto by_id = ByBuildId(image, debug_root);
  if (by_id.ok()) return by_id;
  auto by_link = ByDebugLink(image, debug_root);
  if (by_link.ok()) return by_link;
  return absl::NotFoundError(absl::StrCat(by_id.status().message(), ", ", by_link.status().message()));
}

}  // namespace haldane::agent
