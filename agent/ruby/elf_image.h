#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ruby/file_identity.h"
#include "base/unique_fd.h"

namespace haldane::agent {

// One section of an ELF file, as its header has it: not checked, except where
// said. NOBITS sections have a size but no bytes in the file.
struct ElfSection {
  std::string name;
  uint32_t type = 0;
  uint64_t flags = 0;
  uint64_t address = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  uint32_t link = 0;  // index into sections(), to be checked by who uses it
};

// An untrusted x86-64 ELF file. Reads with pread what it is asked for, checks
// every offset and size against the file, and holds no more than the headers in
// memory; a file that is cut short or rewritten meanwhile gives an error or
// other bytes, never a fault.
//
// Errors of all functions name the path and the field. INVALID_ARGUMENT: the
// file is not sound; others: the errno of open, stat or read.
class ElfImage {
 public:
  // Opens a regular file (nothing else: no device, no FIFO) and reads its headers.
  static absl::StatusOr<ElfImage> Open(const std::string& path);

  const std::string& path() const { return path_; }
  // As it was when opened.
  const FileIdentity& identity() const { return identity_; }
  // True for a program, false for a shared library.
  bool is_program() const { return is_program_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  const std::vector<ElfSection>& sections() const { return sections_; }
  // The first section of that name, null if there is none.
  const ElfSection* FindSection(absl::string_view name) const;
  // Lower-case hex of the build id note, empty when there is none.
  const std::string& build_id() const { return build_id_; }

  // Exactly `size` bytes at `offset` of the file. `field` is for error messages.
  absl::StatusOr<std::string> Read(uint64_t offset, uint64_t size, absl::string_view field) const;
  // The bytes of a section, empty for NOBITS. INVALID_ARGUMENT when larger than `limit`.
  absl::StatusOr<std::string> ReadSection(const ElfSection& section, uint64_t limit) const;

  // Where the byte that is loaded at `address` is in the file, and how many bytes
  // of the same segment follow it there (itself included, so at least 1).
  struct Location {
    uint64_t offset = 0;
    uint64_t available = 0;
    uint32_t flags = 0;  // PF_R, PF_W, PF_X of its segment
  };
  // None when no segment loads the address from the file.
  std::optional<Location> Locate(uint64_t address) const;
  // Up to `size` bytes loaded at `address`, fewer at the end of its segment.
  absl::StatusOr<std::string> ReadAt(uint64_t address, uint64_t size) const;

  // INVALID_ARGUMENT with the path in front: "PATH: what".
  absl::Status Unsound(absl::string_view what) const;

 private:
  absl::Status ReadHeaders();
  absl::Status ReadSegments(const Elf64_Ehdr& header);
  absl::Status ReadSections(const Elf64_Ehdr& header);
  absl::Status ReadKind(const Elf64_Ehdr& header);
  absl::Status ReadBuildId();

  std::string path_;
  UniqueFd fd_;
  FileIdentity identity_;
  bool is_program_ = false;
  std::vector<Elf64_Phdr> segments_;
  std::vector<ElfSection> sections_;
  std::string build_id_;
};

}  // namespace haldane::agent
