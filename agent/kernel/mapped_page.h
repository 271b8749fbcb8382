#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace haldane::agent {

// Keeps one page of a file in memory while it lives.
class MappedPage {
 public:
  // The page that has the byte at `offset`. Where the lock limit does not allow
  // to pin it, it is at least read in now.
  static absl::StatusOr<MappedPage> Map(const std::string& path, uint64_t offset);

  MappedPage(MappedPage&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  MappedPage& operator=(MappedPage&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~MappedPage();

 private:
  explicit MappedPage(void* memory) : memory_(memory) {}
  void* memory_;
};

}  // namespace haldane::agent
