#include "plan/limits.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace haldane::plan {
namespace {

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; }

bool IsText(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0 || absl::ascii_iscntrl(text[0])) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

TimeRange MinTime() { return {absl::ZeroDuration(), absl::Hours(24), "from 0s to 24h"}; }
TimeRange MaxTime() { return {absl::Seconds(1), absl::Hours(168), "from 1s to 168h"}; }
TimeRange WarmupTime() { return {absl::ZeroDuration(), absl::Hours(24), "from 0s to 24h"}; }

std::optional<std::string> RolloutNameProblem(absl::string_view name) {
  bool fits = !name.empty() && name.size() <= kMaxRolloutName;
  for (const char c : name) fits = fits && IsNameCharacter(c);
  if (fits) return std::nullopt;
  return absl::StrCat("is ", Quoted(name), "; a rollout's name is 1 to ", kMaxRolloutName,
                      " letters, digits, '.', '_' and '-'");
}

std::optional<std::string> StageNameProblem(absl::string_view name) {
  bool fits = !name.empty() && name.size() <= kMaxStageName;
  for (const char c : name) fits = fits && IsNameCharacter(c);
  if (fits) return std::nullopt;
  return absl::StrCat("is ", Quoted(name), "; a stage's name is 1 to ", kMaxStageName,
                      " letters, digits, '.', '_' and '-'");
}

std::optional<std::string> LabelNameProblem(absl::string_view name) {
  bool fits = !name.empty() && name.size() <= kMaxLabelName;
  for (const char c : name) fits = fits && IsNameCharacter(c) && !absl::ascii_isupper(c);
  if (fits) return std::nullopt;
  return absl::StrCat("is not a label; a label's name is 1 to ", kMaxLabelName,
                      " lower-case letters, digits, '.', '_' and '-'");
}

std::optional<std::string> LabelValueProblem(absl::string_view value) {
  if (value.empty()) return std::string("is empty; give a value");
  if (value.size() > kMaxLabelValue) {
    return absl::StrCat("is ", value.size(), " bytes long; at most ", kMaxLabelValue, " are allowed");
  }
  if (!IsText(value))
    return absl::StrCat("is ", Quoted(value), "; use UTF-8 text without control characters");
  return std::nullopt;
}

}  // namespace haldane::plan
