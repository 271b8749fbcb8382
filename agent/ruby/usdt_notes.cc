#include "agent/ruby/usdt_notes.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_split.h"
#include "agent/ruby/elf_notes.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr uint64_t kMaxUsdtSection = 4 << 20;
constexpr uint32_t kUsdtNoteType = 3;

// Three addresses, then three strings that end in NUL.
std::optional<UsdtNote> ParseUsdtNote(absl::string_view content, uint64_t actual_base) {
  uint64_t words[3];
  if (content.size() < sizeof(words)) return std::nullopt;
  std::memcpy(words, content.data(), sizeof(words));
  const std::vector<absl::string_view> strings = absl::StrSplit(content.substr(sizeof(words)), '\0');
  if (strings.size() < 4) return std::nullopt;
  // The linker does not relocate notes. The base, a section's address at the time
  // of linking, tells by how much the file has been moved since.
  const uint64_t moved = actual_base == 0 ? 0 : actual_base - words[1];
  UsdtNote note;
  note.provider = std::string(strings[0]);
  note.name = std::string(strings[1]);
  note.location = words[0] + moved;
  note.semaphore = words[2] == 0 ? 0 : words[2] + moved;
  note.arguments = std::string(strings[2]);
  return note;
}

}  // namespace

absl::StatusOr<std::vector<UsdtNote>> FindUsdtNotes(const ElfImage& image, absl::string_view provider,
                                                    absl::string_view name) {
  const ElfSection* base = image.FindSection(".stapsdt.base");
  std::vector<UsdtNote> found;
  for (const ElfSection& section : image.sections()) {
    if (section.type != SHT_NOTE || section.name != ".note.stapsdt") continue;
    ASSIGN_OR_RETURN(const std::string bytes, image.ReadSection(section, kMaxUsdtSection));
    for (const ElfNote& note : ParseNotes(bytes)) {
      if (note.owner != "stapsdt" || note.type != kUsdtNoteType) continue;
      std::optional<UsdtNote> usdt = ParseUsdtNote(note.content, base == nullptr ? 0 : base->address);
      if (usdt && usdt->provider == provider && usdt->name == name) found.push_back(*std::move(usdt));
    }
  }
  return found;
}

std::optional<uint8_t> RegisterOfArgument(absl::string_view arguments, size_t index) {
  // In the order of struct pt_regs; orig_rax, rip, cs and eflags hold no argument.
  static constexpr std::pair<absl::string_view, uint8_t> kRegisters[] = {
      {"%r15", 0},  {"%r14", 1},  {"%r13", 2},  {"%r12", 3}, {"%rbp", 4},  {"%rbx", 5},
      {"%r11", 6},  {"%r10", 7},  {"%r9", 8},   {"%r8", 9},  {"%rax", 10}, {"%rcx", 11},
      {"%rdx", 12}, {"%rsi", 13}, {"%rdi", 14}, {"%rsp", 19}};
  const std::vector<absl::string_view> list = absl::StrSplit(arguments, ' ', absl::SkipEmpty());
  if (index >= list.size()) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(list[index], absl::MaxSplits('@', 1));
  if (parts.first != "8" && parts.first != "-8") return std::nullopt;
  for (const auto& [name, place] : kRegisters) {
    if (parts.second == name) return place;
  }
  return std::nullopt;
}

}  // namespace haldane::agent
