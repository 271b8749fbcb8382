#pragma once

#include "absl/strings/string_view.h"

namespace haldane::agent {

// Whether exceptions of this class are how Ruby programs go about their normal
// business, rather than a sign that something is wrong: the end of an iteration,
// the end of a program, a socket that has nothing to read yet, a library that is
// looked for and not found, a catch tag that is not there. They are counted
// apart, so that a busy or freshly started process does not look faulty.
bool IsControlFlow(absl::string_view class_name);

}  // namespace haldane::agent
