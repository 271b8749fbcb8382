#pragma once

#include <string>

#include "absl/time/time.h"

namespace haldane::agent {

// How much one run of a group costs beside what the kernel's statistics say,
// which begin only inside the program: the trap or the tracepoint around it.
absl::Duration OverheadPerRun(const std::string& group);

// Whether a group is counted between rollouts too, so that there is a past to
// compare with: what happens at most a few times in a request.
bool IsCountedBetweenRollouts(const std::string& group);

}  // namespace haldane::agent
