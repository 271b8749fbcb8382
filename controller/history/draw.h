#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::controller {

// Chance that is the same in every process and with every library.

// A number that depends on the text alone: FNV-1a, 64 bits, mixed.
uint64_t NumberOf(absl::string_view text);

// The same things in an order that depends on `seed` alone.
void Shuffle(uint64_t seed, std::vector<std::string>* things);

}  // namespace haldane::controller
