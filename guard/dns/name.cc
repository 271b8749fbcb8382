#include "guard/dns/name.h"

#include <idn2.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace haldane::guard {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kMaxLabel = 63;
constexpr int kMaxPointers = 16;
constexpr size_t kLongestDomainText = 1024;

uint8_t ByteAt(absl::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

void AppendLabel(absl::string_view label, std::string* text) {
  if (!text->empty()) text->push_back('.');
  for (const char c : label) {
    if (c == '.' || c == '\\' || !absl::ascii_isgraph(c)) {
      absl::StrAppendFormat(text, "\\%03d", static_cast<uint8_t>(c));
    } else {
      text->push_back(absl::ascii_tolower(c));
    }
  }
}

std::optional<std::string> ReadLabels(absl::string_view message, size_t* offset, int pointers_left) {
  std::string text;
  size_t at = *offset, length = 1;
  size_t segment = at;          // where the labels since the last pointer begin
  size_t end = message.size();  // and before where they end
  bool jumped = false;
  while (true) {
    if (at >= end) return std::nullopt;
    const uint8_t head = ByteAt(message, at);
    if (head == 0) break;
    if (head >= 0xc0) {
      if (at + 1 >= end || pointers_left-- == 0) return std::nullopt;
      const size_t target = (head & 0x3fu) << 8 | ByteAt(message, at + 1);
      // Backwards beyond the labels just read: no loop can be built. And not
      // into the header, which changes on the way to the upstream. Nor may what is
      // there reach into them, or into what follows and may be cut off.
      if (target >= segment || target < kHeaderBytes) return std::nullopt;
      if (!jumped) *offset = at + 2;
      jumped = true;
      end = segment;
      at = segment = target;
      continue;
    }
    if (head > kMaxLabel || at + 1 + head > end) return std::nullopt;
    length += head + 1u;
    if (length > kMaxNameBytes) return std::nullopt;
    AppendLabel(message.substr(at + 1, head), &text);
    at += head + 1u;
  }
  if (!jumped) *offset = at + 1;
  return text.empty() ? "." : text;
}

// One byte of a normalised label, escaped or not. Moves `*at` behind it.
std::optional<uint8_t> TakeByte(absl::string_view name, size_t* at) {
  const char c = name[(*at)++];
  if (absl::ascii_isupper(c) || !absl::ascii_isgraph(c)) return std::nullopt;
  if (c != '\\') return static_cast<uint8_t>(c);
  if (*at + 3 > name.size()) return std::nullopt;
  int value = 0;
  for (int i = 0; i < 3; ++i) {
    if (!absl::ascii_isdigit(name[*at])) return std::nullopt;
    value = value * 10 + (name[(*at)++] - '0');
  }
  const char raw = static_cast<char>(value);
  const bool needed = raw == '.' || raw == '\\' || !absl::ascii_isgraph(raw);
  if (value > 255 || !needed) return std::nullopt;
  return static_cast<uint8_t>(value);
}

absl::Status NoDomain(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::StatusOr<std::string> ToALabels(const std::string& text) {
  char* ascii = nullptr;
  const int status = idn2_to_ascii_8z(text.c_str(), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  if (status != IDN2_OK) {
    return NoDomain(absl::StrCat("is no internationalised domain name (", idn2_strerror(status),
                                 "); write its xn-- form"));
  }
  std::string result = ascii;
  idn2_free(ascii);
  return result;
}

}  // namespace

std::optional<std::string> ReadName(absl::string_view message, size_t* offset) {
  return ReadLabels(message, offset, kMaxPointers);
}

std::optional<std::string> ReadPlainName(absl::string_view message, size_t* offset) {
  return ReadLabels(message, offset, 0);
}

std::optional<std::string> WireName(absl::string_view name) {
  std::string wire;
  if (name != ".") {
    std::string label;
    for (size_t at = 0; at <= name.size();) {
      if (at == name.size() || name[at] == '.') {
        if (label.empty() || label.size() > kMaxLabel) return std::nullopt;
        wire.push_back(static_cast<char>(label.size()));
        wire += label;
        label.clear();
        ++at;
        continue;
      }
      const std::optional<uint8_t> byte = TakeByte(name, &at);
      if (!byte.has_value()) return std::nullopt;
      label.push_back(static_cast<char>(*byte));
    }
  }
  wire.push_back('\0');
  if (wire.size() > kMaxNameBytes) return std::nullopt;
  return wire;
}

absl::StatusOr<std::string> ParseDomain(absl::string_view text) {
  if (text.empty()) return NoDomain("is empty; write a domain such as github.com");
  if (text.size() > kLongestDomainText) return NoDomain("is longer than any domain name");
  if (text == ".") return std::string(".");
  std::string name(text);
  if (absl::StrContains(name, "://") || absl::StrContains(name, "/")) {
    return NoDomain("is a URL or a path; write the domain alone, such as github.com");
  }
  if (absl::StrContains(name, "*")) {
    return NoDomain("has a wildcard; use suffix: or subdomains: with the domain behind it");
  }
  const bool ascii = std::memchr(name.data(), 0, name.size()) == nullptr &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x80; });
  if (!ascii) {
    if (name.find('\0') != std::string::npos) return NoDomain("holds a zero byte; remove it");
    auto converted = ToALabels(name);
    if (!converted.ok()) return converted.status();
    name = *std::move(converted);
  }
  absl::AsciiStrToLower(&name);
  if (absl::EndsWith(name, ".")) name.pop_back();
  for (const char c : name) {
    if (absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_') continue;
    return NoDomain(
        absl::StrCat("holds the character '", std::string(1, c),
                     "'; a domain has letters, digits, '-', '_' and dots (a port goes under ports:)"));
  }
  if (!WireName(name).has_value()) {
    return NoDomain("has an empty label, one of more than 63 characters, or more than 253 in all");
  }
  return name;
}

bool IsBelow(absl::string_view name, absl::string_view ancestor) {
  if (ancestor == ".") return name != ".";
  return name.size() > ancestor.size() + 1 && absl::EndsWith(name, ancestor) &&
         name[name.size() - ancestor.size() - 1] == '.';
}

absl::string_view ParentOf(absl::string_view name) {
  if (name == ".") return {};
  const size_t dot = name.find('.');
  return dot == absl::string_view::npos ? absl::string_view(".") : name.substr(dot + 1);
}

}  // namespace haldane::guard
