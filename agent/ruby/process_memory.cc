#include "agent/ruby/process_memory.h"

#include <sys/uio.h>

#include <algorithm>

namespace haldane::agent {
namespace {

constexpr uint64_t kMemoryPage = 4096;

}  // namespace

bool ProcessMemory::Read(uint64_t address, void* to, size_t size) const {
  iovec local{.iov_base = to, .iov_len = size};
  iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = size};
  return process_vm_readv(static_cast<pid_t>(pid_), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

std::optional<uint64_t> ProcessMemory::ReadWord(uint64_t address) const {
  uint64_t word = 0;
  if (!Read(address, &word, sizeof(word))) return std::nullopt;
  return word;
}

std::optional<std::string> ProcessMemory::ReadString(uint64_t address, size_t limit) const {
  std::string text;
  while (text.size() < limit) {
    // The next page may not be there, and the string need not reach it.
    const size_t size = std::min<size_t>({limit - text.size(), kMemoryPage - address % kMemoryPage, 256});
    char chunk[256];
    if (!Read(address, chunk, size)) return std::nullopt;
    const char* end = std::find(chunk, chunk + size, '\0');
    text.append(chunk, static_cast<size_t>(end - chunk));
    if (end != chunk + size) return text;
    address += size;
  }
  return std::nullopt;
}

}  // namespace haldane::agent
