#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace haldane::agent {

// The real file behind a mapping. The device number that /proc shows is not
// part of it: overlay mounts show one lower file under many (the build id tells
// equal inode numbers of different filesystems apart). Nor can it tell a file of an
// image from the copy that a container has changed: BinaryProbes::Cover does.
struct BinaryKey {
  uint64_t inode = 0;
  uint64_t size = 0;
  std::string build_id;

  auto operator<=>(const BinaryKey&) const = default;
};

}  // namespace haldane::agent
