#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "yaml/limits.h"

namespace haldane::plan {

// What a plan's values may be, for plans as text and on the wire alike.

using yaml::Quoted;
using yaml::Range;
using yaml::RangeProblem;
using yaml::TimeProblem;
using yaml::TimeRange;

inline constexpr Range kErrorProbability{0, true, 0.5, "above 0 and at most 0.5"};
inline constexpr Range kTolerateRatio{1, false, 1000, "a ratio from 1 to 1000, such as 1.25x"};
inline constexpr Range kTolerateRate{0, false, 1e6, "events per request, from 0 to 1000000"};
inline constexpr Range kTolerateProportion{0, false, 1, "a share of requests, from 0 to 1"};
// Whatever the signal; which of the others applies is known once it is.
inline constexpr Range kTolerateAny{0, false, 1e15, "a number from 0"};
// The test of rare events knows no alternative below twice the tolerated rate.
inline constexpr Range kTolerateRare{1, false, 1.9, "a ratio from 1 to 1.9, such as 1x"};
inline constexpr Range kTolerateGrowth{0, false, 1e15, "growth per hour in the gauge's unit, from 0"};
inline constexpr Range kQuantile{0, true, 0.9999, "above 0 and at most 0.9999"};
inline constexpr Range kShare{0, true, 1, "a share of the hosts, above 0 and at most 1"};
inline constexpr Range kWeight{0, true, 1000, "above 0 and at most 1000"};
inline constexpr Range kGuardLimit{0, false, 1e6, "a whole number from 0 to 1000000"};
inline constexpr Range kMinHosts{1, false, 10000, "a whole number from 1 to 10000"};

TimeRange MinTime();
TimeRange MaxTime();
TimeRange WarmupTime();

inline constexpr size_t kMaxRolloutName = 128;
inline constexpr size_t kMaxLabelName = 64;
inline constexpr size_t kMaxLabelValue = 256;
inline constexpr size_t kMaxLabels = 16;
inline constexpr size_t kMaxSignals = 32;
inline constexpr size_t kMaxQuantiles = 4;
inline constexpr size_t kMaxStages = 16;
inline constexpr size_t kMaxStageName = 64;

// Each says what is wrong with a value and what to do, or nothing.
std::optional<std::string> RolloutNameProblem(absl::string_view name);
std::optional<std::string> StageNameProblem(absl::string_view name);
std::optional<std::string> LabelNameProblem(absl::string_view name);
// A service is the value of the label "service", so this covers it too.
std::optional<std::string> LabelValueProblem(absl::string_view value);

}  // namespace haldane::plan
