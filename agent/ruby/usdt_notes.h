#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// A statically defined tracepoint. Addresses are where the file says it is
// loaded, already adjusted when the file was prelinked; nothing else is checked.
struct UsdtNote {
  std::string provider;
  std::string name;
  uint64_t location = 0;   // address of the probed instruction
  uint64_t semaphore = 0;  // address of its semaphore; 0 for none
  std::string arguments;   // such as "8@%rax -4@100(%rsp)"
};

// The tracepoints of one provider and name, in the file's order.
absl::StatusOr<std::vector<UsdtNote>> FindUsdtNotes(const ElfImage& image, absl::string_view provider,
                                                    absl::string_view name);

// The register that holds argument `index` (from 0) in full: its place in the
// order of x86-64 struct pt_regs. None when the argument is missing, narrower
// than 8 bytes, a constant or in memory.
std::optional<uint8_t> RegisterOfArgument(absl::string_view arguments, size_t index);

}  // namespace haldane::agent
