#include "yaml/limits.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/utf8.h"

namespace haldane::yaml {
namespace {

constexpr size_t kQuotedLength = 60;

}  // namespace

std::optional<std::string> RangeProblem(double value, const Range& range) {
  const bool high_enough = range.above_low ? value > range.low : value >= range.low;
  if (high_enough && value <= range.high) return std::nullopt;
  return absl::StrCat("is ", value, "; it must be ", range.words);
}

std::optional<std::string> TimeProblem(absl::Duration value, const TimeRange& range) {
  if (value >= range.low && value <= range.high) return std::nullopt;
  return absl::StrCat("is ", absl::FormatDuration(value), "; it must be ", range.words);
}

std::string Quoted(absl::string_view text) {
  if (text.size() <= kQuotedLength) return JsonQuote(text);
  size_t cut = 0;
  while (cut < kQuotedLength) {
    const size_t length = Utf8Length(text.substr(cut));
    cut += length == 0 ? 1 : length;
  }
  return JsonQuote(absl::StrCat(text.substr(0, cut), "..."));
}

}  // namespace haldane::yaml
