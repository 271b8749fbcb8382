#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// The separate debug file of a binary below `debug_root` (/usr/lib/debug), by
// build id, then by the name and checksum in its .gnu_debuglink. Only what is
// proven to belong to it is returned. NOT_FOUND with what was looked for.
absl::StatusOr<ElfImage> FindDebugFile(const ElfImage& image, const std::string& debug_root);

}  // namespace haldane::agent
