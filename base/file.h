#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace haldane {

// The whole file, which may be one of /proc that states no size.
// NOT_FOUND, PERMISSION_DENIED or another errno's code; RESOURCE_EXHAUSTED when
// it is longer than `limit` bytes. Messages name the path.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit);

}  // namespace haldane
