#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace haldane::guard {

// What /proc says of a process. All of it is gone when the process is.
struct ProcProcess {
  uint64_t start_ns = 0;  // since boot, as coarse as the kernel's clock tick
  uint32_t parent = 0;
  std::string comm, executable, arguments;  // arguments: each with its NUL
};
std::optional<ProcProcess> ReadProcess(const std::string& proc, uint32_t pid);

// The first of `pids` that has the socket with this inode open.
std::optional<uint32_t> HolderOfSocket(const std::string& proc, uint64_t inode,
                                       const std::vector<uint32_t>& pids);

// Whether a process that started at `exact_ns` is what /proc gives `coarse_ns` for.
bool SameStart(uint64_t exact_ns, uint64_t coarse_ns);

// Arguments joined by blanks, at most `limit` bytes.
std::string JoinArguments(absl::string_view arguments, size_t limit);
// The file that an interpreter (a shell, Ruby, Python, Perl) was told to run, or
// nothing: its first argument, behind options that surely have no value.
std::string ScriptOfArguments(absl::string_view arguments);
// "/usr/bin/curl" -> "curl".
absl::string_view LastPart(absl::string_view path);

}  // namespace haldane::guard
