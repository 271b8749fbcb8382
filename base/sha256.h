#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace haldane {

// SHA-256 of `data`, as 32 raw bytes.
std::string Sha256(absl::string_view data);

}  // namespace haldane
