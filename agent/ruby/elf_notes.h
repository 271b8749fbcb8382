#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// One note of an ELF file. The text belongs to what was parsed.
struct ElfNote {
  absl::string_view owner;  // without its NUL
  uint32_t type = 0;
  absl::string_view content;
};

// The notes in the bytes of a note section or segment, up to the first that does
// not fit.
std::vector<ElfNote> ParseNotes(absl::string_view bytes);

}  // namespace haldane::agent
