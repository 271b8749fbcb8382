#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace haldane::cli {

// A JSON document laid out as YAML in blocks, in the same order. `json` must be
// well-formed.
std::string YamlOf(absl::string_view json);

}  // namespace haldane::cli
