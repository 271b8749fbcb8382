#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "agent/ruby/process_memory.h"

namespace haldane::agent {

// Whether `text` is the path of a named class, such as Net::ReadTimeout.
bool IsClassPath(absl::string_view text);

// The Ruby String at `value` in a process, if it is the path of a named class of
// at most 256 bytes. None for everything else, whatever `value` is.
std::optional<std::string> ReadClassPath(const ProcessMemory& memory, uint64_t value);

}  // namespace haldane::agent
