#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::yaml {

// The candidate that `text` is probably a misspelling of, or empty when none is
// near enough to suggest.
absl::string_view Nearest(absl::string_view text, const std::vector<absl::string_view>& candidates);

}  // namespace haldane::yaml
