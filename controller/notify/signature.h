#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace haldane::controller {

// What receivers check: "v1=" and, in hex, the HMAC-SHA256 with `secret` of the
// decimal `timestamp` (seconds since 1970), a dot, and the body.
std::string SignWebhook(absl::string_view secret, int64_t timestamp, absl::string_view body);

}  // namespace haldane::controller
