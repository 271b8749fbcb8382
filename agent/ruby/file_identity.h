#pragma once

#include <sys/stat.h>

#include <compare>
#include <cstdint>

namespace haldane::agent {

// One content of one file: changes when the file is replaced or rewritten. As a
// mount shows it: two mounts may show one file under different devices.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;

  static FileIdentity Of(const struct stat& about) {
    return {.device = about.st_dev,
            .inode = about.st_ino,
            .size = static_cast<uint64_t>(about.st_size),
            .modified_ns = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec,
            .changed_ns = about.st_ctim.tv_sec * 1'000'000'000 + about.st_ctim.tv_nsec};
  }

  auto operator<=>(const FileIdentity&) const = default;
};

}  // namespace haldane::agent
