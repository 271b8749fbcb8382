#pragma once

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace haldane::agent {

// A BPF array of T seen through shared memory: reading it is no system call.
// Programs change it at any moment, so read counters with Load.
template <typename T>
class MappedArray {
 public:
  static_assert(sizeof(T) % 8 == 0, "the kernel pads elements to 8 bytes");

  MappedArray() = default;
  MappedArray(MappedArray&& other) noexcept
      : elements_(std::exchange(other.elements_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedArray() {
    if (elements_ != nullptr) munmap(elements_, Bytes(size_));
  }

  // Maps an array of `size` elements that was made with BPF_F_MMAPABLE. The
  // mapping outlives `map_fd`.
  static absl::StatusOr<MappedArray> Map(int map_fd, uint32_t size) {
    void* memory = mmap(nullptr, Bytes(size), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot map a BPF array");
    MappedArray result;
    result.elements_ = static_cast<T*>(memory);
    result.size_ = size;
    return result;
  }

  uint32_t size() const { return size_; }
  T& operator[](uint32_t index) const { return elements_[index]; }

 private:
  static size_t Bytes(uint32_t size) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return (size * sizeof(T) + page - 1) / page * page;
  }

  T* elements_ = nullptr;
  uint32_t size_ = 0;
};

// The value of a word that a program may be changing.
template <typename Word>
Word Load(const Word& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}

}  // namespace haldane::agent
