#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "guard/attribution/process_identity.h"

namespace haldane::guard {

// The line of a shell script that ends before byte `offset`, where the shell
// stood when it ran a command: `programs` are names that the command may have in
// the line (of the shell's child and of who is asked about). `script` may be cut
// off; a line behind its end is unknown. Pure.
ScriptLine LineAt(absl::string_view script, uint64_t offset, const std::vector<std::string>& programs);

}  // namespace haldane::guard
