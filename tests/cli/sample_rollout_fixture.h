#pragma once

#include <string>

#include "haldane/v1/rollout.pb.h"

namespace haldane::cli {

// A rollout named web-b in this state, with two findings whose numbers look
// like real ones.
haldane::v1::Rollout SampleRollout(haldane::v1::RolloutState state);

}  // namespace haldane::cli
