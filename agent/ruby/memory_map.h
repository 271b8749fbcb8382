#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// One mapping of a file by a process.
struct FileMapping {
  uint64_t start = 0;
  uint64_t end = 0;
  uint64_t offset = 0;  // of the file, at `start`
  uint64_t inode = 0;
  std::string device;  // as /proc shows it, such as fe:00
  std::string range;   // its name below /proc/PID/map_files
  // As /proc shows it, for people and as a last resort: newlines are escaped, and
  // " (deleted)" may be the kernel's remark or part of the name.
  std::string path;

  // Where the process has this byte of the file; none when it is not mapped here.
  std::optional<uint64_t> AddressOf(uint64_t file_offset) const;
};

// The executable mappings of files in the text of /proc/PID/maps, in its order.
// Lines of any other kind or shape are passed over.
std::vector<FileMapping> ParseExecutableMappings(absl::string_view maps);

// The executable file mappings of a process. `process` is its folder, such as
// /proc/42. NOT_FOUND when it is gone, PERMISSION_DENIED without the right to look.
absl::StatusOr<std::vector<FileMapping>> ReadExecutableMappings(const std::string& process);

// A path through which the mapped file itself can be opened, whatever its name
// has come to mean: its link below map_files, or its name below the process's
// root as long as that is the same file. NOT_FOUND when there is none.
absl::StatusOr<std::string> OpenablePathOf(const std::string& process, const FileMapping& mapping);

// What must be added to an address in `image` for its address in the process that
// maps it executable as given. None when the mapping is not of that file.
std::optional<uint64_t> LoadBias(const ElfImage& image, const FileMapping& mapping);

}  // namespace haldane::agent
