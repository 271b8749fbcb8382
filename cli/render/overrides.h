#pragma once

#include <string>

#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// "proceed", "rollback", "hold", ...
std::string OverrideWord(haldane::v1::OverrideKind kind);
// "in effect", "expired", "revoked", ...
std::string StatusWord(haldane::v1::OverrideStatus status);

// The override by which a person decided instead of the judge; nullptr when
// nobody did.
const haldane::v1::Override* DecisionOf(const haldane::v1::Rollout& rollout);

// One line per override, the oldest first, for a report of the rollout; empty
// when there is none.
std::string OverridesReport(const haldane::v1::Rollout& rollout);

// "until 2026-01-01 12:00:00Z", or "for good".
std::string UntilText(const haldane::v1::Override& override);

}  // namespace haldane::cli
