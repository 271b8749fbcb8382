#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace haldane::agent {

// Reads the memory of another process while it runs: what is read may be
// changing, and no address in it can be trusted. Needs CAP_SYS_PTRACE or the
// same user. Cheap to copy.
class ProcessMemory {
 public:
  explicit ProcessMemory(uint32_t pid) : pid_(pid) {}

  // Exactly `size` bytes; false when any cannot be read.
  bool Read(uint64_t address, void* to, size_t size) const;
  std::optional<uint64_t> ReadWord(uint64_t address) const;
  // The bytes before the first NUL. None when it is not among the first `limit`
  // bytes, or cannot be read.
  std::optional<std::string> ReadString(uint64_t address, size_t limit) const;

 private:
  uint32_t pid_;
};

}  // namespace haldane::agent
