#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace haldane {

// Length in bytes of the well-formed UTF-8 character at the front of `text`,
// 0 if there is none.
size_t Utf8Length(absl::string_view text);

}  // namespace haldane
