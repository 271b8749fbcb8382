#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// What /proc/PID/stat tells about one image of one process: pid reuse changes
// the start, exec changes the addresses.
struct ProcStat {
  char state = '?';            // R, S, D, Z (dead, not yet reaped), ...
  uint64_t start_ns = 0;       // since boot, rounded down to a clock tick
  uint64_t memory_bytes = 0;   // size of its address space; 0 for kernel threads
  uint64_t code_address = 0;   // 0 without the right to see addresses
  uint64_t stack_address = 0;  // 0 likewise

  bool SameImage(const ProcStat& other) const {
    return start_ns == other.start_ns && code_address == other.code_address &&
           stack_address == other.stack_address;
  }
};

// Parses the file's text. The command's name in it may hold anything, spaces,
// parentheses and newlines included. None when it is not such a text.
std::optional<ProcStat> ParseProcStat(absl::string_view text);

}  // namespace haldane::agent
