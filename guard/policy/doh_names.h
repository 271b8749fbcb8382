#pragma once

#include "absl/strings/string_view.h"

namespace haldane::guard {

// True when the normalised name belongs to a well-known resolver that answers
// over HTTPS, or is the name by which browsers ask whether they may use one.
bool IsDohName(absl::string_view name);

}  // namespace haldane::guard
