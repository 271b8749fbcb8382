#include "agent/discovery/binary_cache.h"

#include <sys/stat.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {
namespace {

// Anyone on the host can map any number of files; what is remembered of them is
// bounded, and read again when forgotten.
constexpr size_t kMaxVerdicts = 16384;
constexpr size_t kMaxRejected = 256;
constexpr size_t kMaxInterpreters = 1024;

absl::StatusOr<Interpreter> ReadOpened(const absl::StatusOr<ElfImage>& image) {
  if (!image.ok()) return image.status();
  return ReadInterpreter(*image);
}

bool IsCalledRuby(absl::string_view path) {
  return absl::StrContains(path.substr(path.rfind('/') + 1), "ruby");
}

}  // namespace

std::optional<BinaryKey> BinaryCache::Examine(const std::string& path, const std::string& shown_path) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  const auto known = verdicts_.find(FileIdentity::Of(about));
  if (known != verdicts_.end()) return known->second;

  const absl::StatusOr<ElfImage> image = ElfImage::Open(path);
  absl::StatusOr<Interpreter> interpreter = ReadOpened(image);
  const absl::Status& status = interpreter.status();
  const bool is_unsound = absl::IsInvalidArgument(status);
  if (is_unsound && IsCalledRuby(shown_path) && rejected_.size() < kMaxRejected) {
    rejected_[shown_path] = std::string(status.message());
  }
  // A file that could not be opened or read is no verdict on the file.
  const bool is_final = status.ok() || is_unsound || (image.ok() && absl::IsNotFound(status));
  if (!is_final) return std::nullopt;

  if (verdicts_.size() >= kMaxVerdicts) verdicts_.clear();
  const FileIdentity identity = image.ok() ? image->identity() : FileIdentity::Of(about);
  std::optional<BinaryKey>& verdict = verdicts_[identity];
  if (status.ok() && interpreters_.size() < kMaxInterpreters) {
    verdict = BinaryKey{.inode = identity.inode, .size = identity.size, .build_id = interpreter->build_id};
    interpreters_[*verdict] = *std::move(interpreter);
  }
  return verdict;
}

const Interpreter* BinaryCache::interpreter(const BinaryKey& key) const {
  const auto found = interpreters_.find(key);
  return found == interpreters_.end() ? nullptr : &found->second;
}

}  // namespace haldane::agent
