#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "haldane/v1/profile.pb.h"
#include "haldane/v1/verdict.pb.h"
#include "stats/spread_profile.h"

namespace haldane::controller {

// The profile's entry for a signal, or null; `profile` may be null.
const haldane::v1::SignalProfile* FindProfile(absl::string_view signal, const haldane::v1::Profile* profile);

// What the statistics need of it; nothing when it is not there, or its numbers
// do not belong to this version's grids.
std::optional<stats::SignalProfile> ProfileOf(absl::string_view signal, const haldane::v1::Profile* profile);

// EVIDENCE_BASIS_PROFILE when ProfileOf has something, else EVIDENCE_BASIS_COLD.
haldane::v1::EvidenceBasis BasisOf(absl::string_view signal, const haldane::v1::Profile* profile);

}  // namespace haldane::controller
