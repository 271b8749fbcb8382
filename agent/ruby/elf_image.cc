#include "agent/ruby/elf_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/elf_notes.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

// Far above any real binary: linkers write tens of sections and about ten segments.
constexpr uint64_t kMaxElfSections = 65535;
constexpr uint64_t kMaxElfSegments = 512;
constexpr uint64_t kMaxSectionNames = 4 << 20;
constexpr uint64_t kMaxBuildIdNotes = 64 << 10;
constexpr size_t kMaxBuildIdBytes = 64;
constexpr uint64_t kMaxDynamic = 64 << 10;

absl::Status ElfErrno(int error, const std::string& path, absl::string_view action) {
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": ", action));
}

// The `index`-th structure in `bytes`, which holds at least that many.
template <typename T>
T StructAt(const std::string& bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

// Never blocks, whatever the path has become since it was looked at, and opens
// no device: opening one may have effects.
absl::StatusOr<UniqueFd> OpenRegularFile(const std::string& path, FileIdentity* identity) {
  struct stat about;
  if (stat(path.c_str(), &about) != 0) return ElfErrno(errno, path, "cannot look at it");
  if (!S_ISREG(about.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, ": not a regular file"));
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.is_open()) return ElfErrno(errno, path, "cannot open it");
  if (fstat(fd.get(), &about) != 0) return ElfErrno(errno, path, "cannot look at it");
  if (!S_ISREG(about.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, ": not a regular file"));
  *identity = FileIdentity::Of(about);
  return fd;
}

}  // namespace

absl::StatusOr<ElfImage> ElfImage::Open(const std::string& path) {
  ElfImage image;
  image.path_ = path;
  ASSIGN_OR_RETURN(image.fd_, OpenRegularFile(path, &image.identity_));
  RETURN_IF_ERROR(image.ReadHeaders());
  return image;
}

absl::Status ElfImage::Unsound(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ": ", what));
}

absl::Status ElfImage::ReadHeaders() {
  if (identity_.size < sizeof(Elf64_Ehdr)) return Unsound("ELF header: the file is too short to have one");
  ASSIGN_OR_RETURN(const std::string bytes, Read(0, sizeof(Elf64_Ehdr), "ELF header"));
  const auto header = StructAt<Elf64_Ehdr>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return Unsound("ELF header: not an ELF file");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_X86_64) {
    return Unsound("ELF header: not for x86-64");
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return Unsound("ELF header: e_type is neither a program nor a shared library");
  }
  RETURN_IF_ERROR(ReadSegments(header));
  RETURN_IF_ERROR(ReadSections(header));
  RETURN_IF_ERROR(ReadKind(header));
  return ReadBuildId();
}

absl::Status ElfImage::ReadSegments(const Elf64_Ehdr& header) {
  if (header.e_phnum == 0) return absl::OkStatus();
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return Unsound("ELF header: e_phentsize is not 56");
  if (header.e_phnum > kMaxElfSegments) return Unsound("ELF header: e_phnum is absurdly large");
  ASSIGN_OR_RETURN(const std::string bytes,
                   Read(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr), "program headers"));
  for (size_t i = 0; i < header.e_phnum; ++i) segments_.push_back(StructAt<Elf64_Phdr>(bytes, i));
  return absl::OkStatus();
}

absl::Status ElfImage::ReadSections(const Elf64_Ehdr& header) {
  if (header.e_shoff == 0) return absl::OkStatus();
  if (header.e_shentsize != sizeof(Elf64_Shdr)) return Unsound("ELF header: e_shentsize is not 64");
  ASSIGN_OR_RETURN(const std::string first, Read(header.e_shoff, sizeof(Elf64_Shdr), "section headers"));
  // Large counts and indices are kept in the first header.
  const auto zeroth = StructAt<Elf64_Shdr>(first, 0);
  const uint64_t count = header.e_shnum != 0 ? header.e_shnum : zeroth.sh_size;
  const uint64_t names_index = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : zeroth.sh_link;
  if (count > kMaxElfSections) return Unsound("ELF header: the number of sections is absurdly large");
  ASSIGN_OR_RETURN(const std::string bytes,
                   Read(header.e_shoff, count * sizeof(Elf64_Shdr), "section headers"));
  std::vector<uint32_t> names;
  for (size_t i = 0; i < count; ++i) {
    const auto raw = StructAt<Elf64_Shdr>(bytes, i);
    names.push_back(raw.sh_name);
    sections_.push_back({.type = raw.sh_type,
                         .flags = raw.sh_flags,
                         .address = raw.sh_addr,
                         .offset = raw.sh_offset,
                         .size = raw.sh_size,
                         .link = raw.sh_link});
  }
  if (names_index >= count) return Unsound("ELF header: e_shstrndx is not a section");
  sections_[names_index].name = "of section names";
  ASSIGN_OR_RETURN(const std::string strings, ReadSection(sections_[names_index], kMaxSectionNames));
  for (size_t i = 0; i < count; ++i) {
    if (names[i] >= strings.size()) continue;  // nameless
    const absl::string_view name = absl::string_view(strings).substr(names[i]);
    sections_[i].name = std::string(name.substr(0, std::min<size_t>(name.find('\0'), 256)));
  }
  return absl::OkStatus();
}

absl::Status ElfImage::ReadKind(const Elf64_Ehdr& header) {
  is_program_ = header.e_type == ET_EXEC;
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type == PT_INTERP) is_program_ = true;
    if (segment.p_type != PT_DYNAMIC || segment.p_filesz > kMaxDynamic) continue;
    // A debug file has the header but not the bytes.
    const auto bytes = Read(segment.p_offset, segment.p_filesz, "dynamic section");
    if (!bytes.ok()) continue;
    for (size_t i = 0; i < bytes->size() / sizeof(Elf64_Dyn); ++i) {
      const auto entry = StructAt<Elf64_Dyn>(*bytes, i);
      if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE) != 0) is_program_ = true;
    }
  }
  return absl::OkStatus();
}

absl::Status ElfImage::ReadBuildId() {
  const auto take = [&](uint64_t offset, uint64_t size) {
    if (!build_id_.empty() || size > kMaxBuildIdNotes) return;
    const auto bytes = Read(offset, size, "notes");
    if (!bytes.ok()) return;
    for (const ElfNote& note : ParseNotes(*bytes)) {
      if (note.owner != "GNU" || note.type != NT_GNU_BUILD_ID) continue;
      if (note.content.empty() || note.content.size() > kMaxBuildIdBytes) continue;
      build_id_ = absl::BytesToHexString(note.content);
      return;
    }
  };
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type == PT_NOTE) take(segment.p_offset, segment.p_filesz);
  }
  for (const ElfSection& section : sections_) {
    if (section.type == SHT_NOTE) take(section.offset, section.size);
  }
  return absl::OkStatus();
}

const ElfSection* ElfImage::FindSection(absl::string_view name) const {
  for (const ElfSection& section : sections_) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

absl::StatusOr<std::string> ElfImage::Read(uint64_t offset, uint64_t size, absl::string_view field) const {
  if (offset > identity_.size || size > identity_.size - offset) {
    return Unsound(
        absl::StrCat(field, ": ", size, " bytes at offset ", offset, " reach beyond the end of the file"));
  }
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t got = pread(fd_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ElfErrno(errno, path_, absl::StrCat("cannot read ", field));
    if (got == 0) return Unsound(absl::StrCat(field, ": the file was cut short while it was read"));
    done += static_cast<size_t>(got);
  }
  return bytes;
}

absl::StatusOr<std::string> ElfImage::ReadSection(const ElfSection& section, uint64_t limit) const {
  if (section.type == SHT_NOBITS) return std::string();
  if (section.size > limit) {
    return Unsound(absl::StrCat("section ", section.name, ": ", section.size, " bytes, more than ", limit));
  }
  if ((section.flags & SHF_COMPRESSED) != 0) {
    return Unsound(absl::StrCat("section ", section.name, ": compressed, which is not supported"));
  }
  return Read(section.offset, section.size, absl::StrCat("section ", section.name));
}

std::optional<ElfImage::Location> ElfImage::Locate(uint64_t address) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
    const uint64_t delta = address - segment.p_vaddr;
    if (delta >= segment.p_filesz) continue;
    if (segment.p_offset > identity_.size || delta >= identity_.size - segment.p_offset) continue;
    const uint64_t in_file = identity_.size - segment.p_offset - delta;
    return Location{.offset = segment.p_offset + delta,
                    .available = std::min(segment.p_filesz - delta, in_file),
                    .flags = segment.p_flags};
  }
  return std::nullopt;
}

absl::StatusOr<std::string> ElfImage::ReadAt(uint64_t address, uint64_t size) const {
  const std::optional<Location> location = Locate(address);
  if (!location) return Unsound(absl::StrCat("address 0x", absl::Hex(address), ": not loaded from the file"));
  return Read(location->offset, std::min(size, location->available),
              absl::StrCat("address 0x", absl::Hex(address)));
}

}  // namespace haldane::agent
