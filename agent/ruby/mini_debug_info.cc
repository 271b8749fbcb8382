#include "agent/ruby/mini_debug_info.h"

#include <lzma.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace haldane::agent {
namespace {

// A Ruby's takes a few hundred KiB. xz needs 9 MiB to unpack what its default made.
constexpr uint64_t kMaxPacked = 8 << 20;
constexpr uint64_t kMaxUnpacked = 16 << 20;
constexpr uint64_t kMaxDecoderMemory = 16 << 20;

absl::Status WriteAll(int fd, const uint8_t* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "cannot keep what was unpacked");
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status Unpack(const ElfImage& image, absl::string_view packed, int fd) {
  lzma_stream stream = LZMA_STREAM_INIT;
  const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> end(&stream, &lzma_end);
  if (lzma_stream_decoder(&stream, kMaxDecoderMemory, 0) != LZMA_OK) {
    return absl::ResourceExhaustedError("no memory to unpack it");
  }
  stream.next_in = reinterpret_cast<const uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  uint8_t buffer[16 << 10];
  for (lzma_ret result = LZMA_OK; result != LZMA_STREAM_END;) {
    stream.next_out = buffer;
    stream.avail_out = sizeof(buffer);
    result = lzma_code(&stream, LZMA_FINISH);
    if (result != LZMA_OK && result != LZMA_STREAM_END) {
      return image.Unsound(
          absl::StrCat("section .gnu_debugdata: cannot be unpacked (LZMA error ", result, ")"));
    }
    if (stream.total_out > kMaxUnpacked) return image.Unsound("section .gnu_debugdata: absurdly large");
    RETURN_IF_ERROR(WriteAll(fd, buffer, sizeof(buffer) - stream.avail_out));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ElfImage> ReadMiniDebugInfo(const ElfImage& image) {
  const ElfSection* section = image.FindSection(".gnu_debugdata");
  if (section == nullptr) return absl::NotFoundError("the file has none");
  ASSIGN_OR_RETURN(const std::string packed, image.ReadSection(*section, kMaxPacked));
  const UniqueFd memory(memfd_create("gnu_debugdata", MFD_CLOEXEC));
  if (!memory.is_open()) return absl::ErrnoToStatus(errno, "cannot keep what is unpacked");
  RETURN_IF_ERROR(Unpack(image, packed, memory.get()));
  return ElfImage::Open(absl::StrCat("/proc/self/fd/", memory.get()));
}

}  // namespace haldane::agent
