#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// What values may be, and how to say that one is not.
namespace haldane::yaml {

// A range of numbers and how to say it. NaN is in no range.
struct Range {
  double low;
  bool above_low;  // low itself is out
  double high;
  absl::string_view words;  // "above 0 and at most 0.5"
};

// A range of times and how to say it.
struct TimeRange {
  absl::Duration low;
  absl::Duration high;
  absl::string_view words;
};

// Each says what is wrong with a value and what to do ("is 0.7; it must be
// above 0 and at most 0.5"), or nothing.
std::optional<std::string> RangeProblem(double value, const Range& range);
std::optional<std::string> TimeProblem(absl::Duration value, const TimeRange& range);

// `text` in quotes, escaped and cut to a length fit for a message.
std::string Quoted(absl::string_view text);

}  // namespace haldane::yaml
