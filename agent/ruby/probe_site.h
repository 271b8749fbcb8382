#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// Whether the kernel emulates the first instruction of `code` when a uprobe sits
// on it (push, one-byte nop, relative call, jump or branch). It executes all
// others out of line, at about fifteen times the cost.
bool KernelEmulates(absl::string_view code);

// The file offset of the instruction at `address`, if a probe may sit there: it
// is in an executable segment and the kernel emulates it. Else the reason.
absl::StatusOr<uint64_t> ProbeSiteAt(const ElfImage& image, uint64_t address);

// Which register must still hold what it held on entry.
enum class Argument { kNone, kRdi, kRdx };

// The file offset of the first instruction of the function at `address`, within
// its first 16 bytes, on which a probe may sit while `intact` is not yet
// overwritten. Else the reason why there is none.
absl::StatusOr<uint64_t> ProbeSiteNear(const ElfImage& image, uint64_t address, Argument intact);

}  // namespace haldane::agent
