#include "cli/render/numbers.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace haldane::cli {
namespace {

// Enough digits to compare by eye and no more.
std::string ThreeDigits(double value) {
  if (std::isinf(value)) return "inf";
  if (std::isnan(value)) return "-";
  if (value >= 1000) return Grouped(static_cast<uint64_t>(std::min(std::round(value), 1e15)));
  return value >= 100  ? absl::StrFormat("%.0f", value)
         : value >= 10 ? absl::StrFormat("%.1f", value)
                       : absl::StrFormat("%.2f", value);
}

}  // namespace

std::string Grouped(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string Ratio(double ratio) {
  const std::string digits = ThreeDigits(ratio);
  return std::isfinite(ratio) ? absl::StrCat(digits, "x") : digits;
}

std::string Interval(const haldane::v1::Finding& finding) {
  if (finding.ratio_high() <= 0) return "-";
  return absl::StrCat("[", ThreeDigits(finding.ratio_low()), ", ", ThreeDigits(finding.ratio_high()), "]");
}

std::string EventsOf(const haldane::v1::CohortTotals& totals) {
  return absl::StrCat(Grouped(totals.events()), " of ", Grouped(totals.exposure()));
}

std::string Rate(double per_request) {
  if (per_request >= 0.1) return absl::StrFormat("%.3g per request", per_request);
  return absl::StrFormat("%.3g per 1,000 requests", per_request * 1000);
}

std::string Rate(const haldane::v1::CohortTotals& totals) {
  if (totals.exposure() == 0) return "no requests";
  return Rate(static_cast<double>(totals.events()) / static_cast<double>(totals.exposure()));
}

std::string ShortTime(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  const int64_t minutes = seconds / 60, hours = minutes / 60;
  if (hours >= 48) return absl::StrCat(hours / 24, "d");
  if (hours > 0)
    return minutes % 60 == 0 ? absl::StrCat(hours, "h") : absl::StrCat(hours, "h", minutes % 60, "m");
  if (minutes > 0) {
    return seconds % 60 == 0 || minutes >= 10 ? absl::StrCat(minutes, "m")
                                              : absl::StrCat(minutes, "m", seconds % 60, "s");
  }
  return absl::StrCat(seconds, "s");
}

}  // namespace haldane::cli
