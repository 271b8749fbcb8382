#pragma once

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "guard/report/summary.h"

// The names that the last good run of a policy contacted: what "new" is
// measured by.
namespace haldane::guard {

// NOT_FOUND when there was no good run yet.
absl::StatusOr<std::set<std::string>> LoadBaseline(const std::string& path);

// Replaces it by the run's allowed names, at once or not at all. A run is good
// when its script succeeded, its record is complete, and nothing was blocked or
// would have been, beside what is waived; for others nothing is written.
absl::Status SaveBaselineIfGood(const std::string& path, const Summary& summary);
bool IsGood(const Summary& summary);

}  // namespace haldane::guard
