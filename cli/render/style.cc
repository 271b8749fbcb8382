#include "cli/render/style.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace haldane::cli {
namespace {

constexpr char kEscape = '\x1B';
constexpr absl::string_view kReset = "\x1B[0m";

absl::string_view Sequence(Color color) {
  switch (color) {
    case Color::kGreen:
      return "\x1B[32m";
    case Color::kRed:
      return "\x1B[31m";
    case Color::kYellow:
      return "\x1B[33m";
    case Color::kDim:
      return "\x1B[2m";
    case Color::kBold:
      return "\x1B[1m";
    case Color::kNone:
      break;
  }
  return "";
}

// The escape sequence or character at the front of `text`.
absl::string_view Unit(absl::string_view text) {
  if (text[0] == kEscape) return text.substr(0, text.find('m') == text.npos ? 1 : text.find('m') + 1);
  const size_t length = Utf8Length(text);
  return text.substr(0, length == 0 ? 1 : length);
}

}  // namespace

std::string Paint(const Style& style, Color color, absl::string_view text) {
  if (!style.color || color == Color::kNone || text.empty()) return std::string(text);
  return absl::StrCat(Sequence(color), text, kReset);
}

int Columns(absl::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const absl::string_view unit = Unit(text);
    if (unit[0] != kEscape) ++columns;
    text.remove_prefix(unit.size());
  }
  return columns;
}

std::string CutTo(absl::string_view text, int columns) {
  if (Columns(text) <= columns) return std::string(text);
  std::string out;
  bool painted = false;
  for (int used = 0; !text.empty();) {
    const absl::string_view unit = Unit(text);
    if (unit[0] == kEscape) {
      painted = true;
    } else if (used++ == columns) {
      break;
    }
    absl::StrAppend(&out, unit);
    text.remove_prefix(unit.size());
  }
  return painted ? absl::StrCat(out, kReset) : out;
}

std::string Printable(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    // U+0080 to U+009F are control characters too.
    const bool upper_control = length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || absl::ascii_iscntrl(text[0]) || upper_control) {
      out.push_back('?');
    } else {
      absl::StrAppend(&out, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace haldane::cli
