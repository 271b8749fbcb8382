#include "guard/attribution/script_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace haldane::guard {
namespace {

constexpr size_t kLineKept = 512;

bool IsWordByte(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '+'; }

// `word` stands in `line` by itself: curl in "/usr/bin/curl x", not in "curling".
bool HoldsWord(absl::string_view line, absl::string_view word) {
  if (word.empty()) return false;
  for (size_t at = line.find(word); at != absl::string_view::npos; at = line.find(word, at + 1)) {
    const bool starts = at == 0 || !IsWordByte(line[at - 1]);
    const size_t end = at + word.size();
    if (starts && (end == line.size() || !IsWordByte(line[end]))) return true;
  }
  return false;
}

// A line of the script defines `name` as a function.
bool DefinesFunction(absl::string_view script, absl::string_view name) {
  if (name.empty()) return false;
  for (size_t at = script.find(name); at != absl::string_view::npos; at = script.find(name, at + 1)) {
    const size_t line_start = at == 0 ? 0 : script.rfind('\n', at - 1) + 1;  // npos + 1 is 0
    absl::string_view before = absl::StripAsciiWhitespace(script.substr(line_start, at - line_start));
    absl::string_view after = absl::StripLeadingAsciiWhitespace(script.substr(at + name.size(), 64));
    const bool keyword = before == "function";
    if (keyword && !after.empty() && (after[0] == '{' || after[0] == '(')) return true;
    if (before.empty() && absl::ConsumePrefix(&after, "(") &&
        absl::ConsumePrefix(&(after = absl::StripLeadingAsciiWhitespace(after)), ")")) {
      return true;
    }
  }
  return false;
}

}  // namespace

ScriptLine LineAt(absl::string_view script, uint64_t offset, const std::vector<std::string>& programs) {
  ScriptLine place;
  if (offset == 0 || offset > script.size()) return place;
  size_t end = static_cast<size_t>(offset);
  if (script[end - 1] == '\n') end--;
  const size_t start = end == 0 ? 0 : script.rfind('\n', end - 1) + 1;
  const size_t stop = std::min(script.find('\n', start), script.size());
  const absl::string_view line = script.substr(start, stop - start);
  place.line = static_cast<uint32_t>(std::count(script.begin(), script.begin() + start, '\n') + 1);
  place.text = std::string(line.substr(0, kLineKept));
  place.kind = ScriptLine::Kind::kStatementEnd;
  const absl::string_view code = absl::StripLeadingAsciiWhitespace(line);
  const absl::string_view first_word = code.substr(0, code.find_first_of(" \t;|&()"));
  if (std::any_of(programs.begin(), programs.end(),
                  [&](const std::string& p) { return HoldsWord(line, p); })) {
    place.kind = ScriptLine::Kind::kExact;
  } else if (DefinesFunction(script, first_word)) {
    place.kind = ScriptLine::Kind::kCallSite;
  }
  return place;
}

}  // namespace haldane::guard
