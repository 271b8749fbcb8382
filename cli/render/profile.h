#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/render/style.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::cli {

// Profiles as a table, one line each. `now`: to tell how old they are.
std::string ProfilesTable(const haldane::v1::ListProfilesResponse& list, absl::Time now);

// One profile for people: for each signal its usual rate, how much hosts differ
// as a plot, how counts vary in time, and the false-stop rate that was achieved
// against what was promised.
std::string ProfileReport(const haldane::v1::Profile& profile, absl::Time now, const Style& style);

}  // namespace haldane::cli
