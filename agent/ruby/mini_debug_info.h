#pragma once

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// The symbols that Fedora and its kin leave in a stripped binary: an ELF file,
// compressed with LZMA, in the section .gnu_debugdata. Unpacked into memory that
// has no name and is gone with the image. NOT_FOUND: there is no such section.
// INVALID_ARGUMENT: it is no sound LZMA, or more than any real one.
absl::StatusOr<ElfImage> ReadMiniDebugInfo(const ElfImage& image);

}  // namespace haldane::agent
