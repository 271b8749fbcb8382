#pragma once

#include <string>

#include "absl/time/time.h"

namespace haldane::agent {

// How much one run of a group costs beside what the kernel's statistics say,
// which begin only inside the program: the trap or the tracepoint around it.
absl::Duration OverheadPerRun(const std::string& group);

// The time over which a group's cost is averaged: that between two of its bursts,
// or none.
absl::Duration AveragedOver(const std::string& group);

// Whether a group is switched on only by who configures it so: what it says is
// worth less than what it costs.
bool MustBeAskedFor(const std::string& group);

// Whether a group is counted between rollouts too, so that there is a past to
// compare with: what happens at most a few times in a request.
bool IsCountedBetweenRollouts(const std::string& group);

}  // namespace haldane::agent
