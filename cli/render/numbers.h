#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "haldane/v1/verdict.pb.h"

// Numbers as people read them.
namespace haldane::cli {

// 20113 -> "20,113".
std::string Grouped(uint64_t number);

// 1.0234 -> "1.02x", 413.2 -> "413x", infinity -> "inf".
std::string Ratio(double ratio);

// The ratio's interval of a finding, such as "[0.98, 1.02]"; "-" when no ratio
// can be formed.
std::string Interval(const haldane::v1::Finding& finding);

// "412 of 20,113".
std::string EventsOf(const haldane::v1::CohortTotals& totals);

// "9.02 per request" or, where that is small, "0.5 per 1,000 requests".
std::string Rate(double per_request);
std::string Rate(const haldane::v1::CohortTotals& totals);

// The largest whole units: "45s", "12m", "1h30m", "3d".
std::string ShortTime(absl::Duration duration);

}  // namespace haldane::cli
