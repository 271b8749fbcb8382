#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/process_memory.h"

namespace haldane::agent {

// Where a build of Ruby counts its garbage collections: what its exported function
// rb_gc_count reads, found by reading its machine code. It is counted by Ruby
// itself, so knowing it costs the process nothing.
struct GcCounter {
  uint64_t address = 0;  // in the file's image
  // The word at `address` is a pointer; the next pointer, or finally the count, is
  // so many bytes behind where it points. Empty: the count is at `address`.
  std::vector<int64_t> offsets;
};

// FAILED_PRECONDITION, as a sentence for people, when the function is not made of
// loads alone.
absl::StatusOr<GcCounter> FindGcCounter(const ElfImage& image);

// Where the count of one process is, which has the image loaded `bias` bytes
// higher: valid until it calls exec. None while there is none, or it makes no sense.
std::optional<uint64_t> LocateGcCount(const ProcessMemory& memory, const GcCounter& counter, uint64_t bias);

// The count at such an address; none when it cannot be one.
std::optional<uint64_t> ReadGcCount(const ProcessMemory& memory, uint64_t address);

}  // namespace haldane::agent
