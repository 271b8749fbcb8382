#include "agent/ruby/memory_map.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

// The kernel allows 65,530 mappings, of about a hundred bytes.
constexpr size_t kMaxMapsText = 32 << 20;
constexpr uint64_t kPageBytes = 4096;

absl::string_view TakeField(absl::string_view* line) {
  const size_t end = std::min(line->find(' '), line->size());
  const absl::string_view field = line->substr(0, end);
  line->remove_prefix(std::min(end + 1, line->size()));
  return field;
}

bool ParseHex(absl::string_view text, uint64_t* value) {
  return !text.empty() && text.size() <= 16 && absl::SimpleHexAtoi(text, value);
}

// START-END PERMISSIONS OFFSET DEVICE INODE   PATH
std::optional<FileMapping> ParseMapping(absl::string_view line) {
  FileMapping mapping;
  const absl::string_view range = TakeField(&line);
  const absl::string_view permissions = TakeField(&line);
  const absl::string_view offset = TakeField(&line);
  mapping.device = std::string(TakeField(&line));
  const absl::string_view inode = TakeField(&line);
  const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(range, absl::MaxSplits('-', 1));
  if (permissions.size() != 4 || permissions[2] != 'x' || !ParseHex(ends.first, &mapping.start) ||
      !ParseHex(ends.second, &mapping.end) || mapping.end < mapping.start ||
      !ParseHex(offset, &mapping.offset) || !absl::SimpleAtoi(inode, &mapping.inode) || mapping.inode == 0) {
    return std::nullopt;
  }
  mapping.range = std::string(range);
  mapping.path = std::string(absl::StripLeadingAsciiWhitespace(line));
  return mapping;
}

}  // namespace

std::optional<uint64_t> FileMapping::AddressOf(uint64_t file_offset) const {
  if (file_offset < offset || file_offset - offset >= end - start) return std::nullopt;
  return start + (file_offset - offset);
}

std::vector<FileMapping> ParseExecutableMappings(absl::string_view maps) {
  std::vector<FileMapping> mappings;
  for (const absl::string_view line : absl::StrSplit(maps, '\n')) {
    std::optional<FileMapping> mapping = ParseMapping(line);
    if (mapping) mappings.push_back(*std::move(mapping));
  }
  return mappings;
}

absl::StatusOr<std::vector<FileMapping>> ReadExecutableMappings(const std::string& process) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat(process, "/maps"), kMaxMapsText));
  return ParseExecutableMappings(text);
}

absl::StatusOr<std::string> OpenablePathOf(const std::string& process, const FileMapping& mapping) {
  struct stat about;
  std::string link = absl::StrCat(process, "/map_files/", mapping.range);
  if (stat(link.c_str(), &about) == 0) return link;
  std::string name = absl::StrCat(process, "/root", mapping.path);
  if (!mapping.path.empty() && mapping.path[0] == '/' && stat(name.c_str(), &about) == 0 &&
      about.st_ino == mapping.inode) {
    return name;
  }
  return absl::NotFoundError(absl::StrCat(link, ": the file cannot be reached"));
}

std::optional<uint64_t> LoadBias(const ElfImage& image, const FileMapping& mapping) {
  const auto page = [](uint64_t value) { return value & ~(kPageBytes - 1); };
  for (const Elf64_Phdr& segment : image.segments()) {
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 &&
        page(segment.p_offset) == mapping.offset) {
      return mapping.start - page(segment.p_vaddr);
    }
  }
  return std::nullopt;
}

}  // namespace haldane::agent
