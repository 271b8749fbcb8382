#include "agent/ruby/ruby_string.h"

#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxClassPath = 256;
// The head of a String object: flags, class, and either the text itself or its
// length and address. Stable from Ruby 2.5 to 3.4.
constexpr size_t kHeadBytes = 40;
constexpr size_t kShortText = 16;  // text of a short string, up to Ruby 3.1
constexpr size_t kLongText = 24;   // text beside its length, from Ruby 3.2
constexpr uint64_t kTypeMask = 0x1f;
constexpr uint64_t kStringType = 5;
constexpr uint64_t kTextElsewhere = uint64_t{1} << 13;
constexpr unsigned kShortLengthShift = 14;
constexpr uint64_t kShortLengthMask = 0x1f;

std::optional<std::string> TextAt(const ProcessMemory& memory, uint64_t address, uint64_t length) {
  if (length == 0 || length > kMaxClassPath) return std::nullopt;
  std::string text(length, '\0');
  if (!memory.Read(address, text.data(), text.size()) || !IsClassPath(text)) return std::nullopt;
  return text;
}

}  // namespace

bool IsClassPath(absl::string_view text) {
  if (text.size() > kMaxClassPath) return false;
  for (absl::string_view part : absl::StrSplit(text, "::")) {
    const bool is_ascii = !part.empty() && static_cast<unsigned char>(part[0]) < 0x80;
    if (part.empty() || (is_ascii && !absl::ascii_isupper(part[0]))) return false;
    while (!part.empty()) {
      const size_t length = Utf8Length(part);
      if (length == 0 || (length == 1 && !absl::ascii_isalnum(part[0]) && part[0] != '_')) return false;
      part.remove_prefix(length);
    }
  }
  return true;
}

std::optional<std::string> ReadClassPath(const ProcessMemory& memory, uint64_t value) {
  uint64_t head[kHeadBytes / sizeof(uint64_t)];
  if (value % sizeof(uint64_t) != 0 || !memory.Read(value, head, sizeof(head))) return std::nullopt;
  const uint64_t flags = head[0];
  if ((flags & kTypeMask) != kStringType) return std::nullopt;
  const uint64_t length = head[2];
  if ((flags & kTextElsewhere) != 0) return TextAt(memory, head[3], length);
  // A version that keeps short text where another keeps its length cannot be
  // mistaken for it: as text, a length has bytes of 0; as a length, text is huge.
  if (const auto text = TextAt(memory, value + kLongText, length)) return text;
  const uint64_t short_length = (flags >> kShortLengthShift) & kShortLengthMask;
  if (short_length > kHeadBytes - kShortText) return std::nullopt;
  return TextAt(memory, value + kShortText, short_length);
}

}  // namespace haldane::agent
