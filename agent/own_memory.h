#pragma once

#include <cstdint>

namespace haldane::agent {

// Resident set of this process, bytes; 0 when it cannot be read.
uint64_t OwnMemoryBytes();

}  // namespace haldane::agent
