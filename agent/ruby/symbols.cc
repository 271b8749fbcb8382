#include "agent/ruby/symbols.h"

#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

// A browser's symbol table is of this size; a Ruby's is a hundredth of it.
constexpr uint64_t kMaxSymbolTable = 64 << 20;

// Whether the string that begins at `offset` is `name`. `strings` may be hostile.
bool StringIs(absl::string_view strings, uint64_t offset, absl::string_view name) {
  if (offset >= strings.size() || strings.size() - offset <= name.size()) return false;
  return strings.substr(offset, name.size()) == name && strings[offset + name.size()] == '\0';
}

}  // namespace

absl::StatusOr<SymbolTable> SymbolTable::Read(const ElfImage& image, Kind kind) {
  const uint32_t type = kind == Kind::kDynamic ? SHT_DYNSYM : SHT_SYMTAB;
  const absl::string_view name = kind == Kind::kDynamic ? ".dynsym" : ".symtab";
  for (const ElfSection& section : image.sections()) {
    if (section.type != type) continue;
    if (section.link >= image.sections().size()) {
      return image.Unsound(absl::StrCat("section ", name, ": sh_link is not a section"));
    }
    SymbolTable table;
    ASSIGN_OR_RETURN(table.strings_, image.ReadSection(image.sections()[section.link], kMaxSymbolTable));
    ASSIGN_OR_RETURN(table.symbols_, image.ReadSection(section, kMaxSymbolTable));
    return table;
  }
  return absl::NotFoundError(absl::StrCat(image.path(), ": has no ", name));
}

absl::StatusOr<ElfSymbol> SymbolTable::Find(absl::string_view name) const {
  const auto missing = [&] { return absl::NotFoundError(absl::StrCat("no symbol ", name)); };
  if (!absl::StrContains(strings_, name)) return missing();
  std::optional<ElfSymbol> found;
  for (size_t at = 0; symbols_.size() - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, symbols_.data() + at, sizeof(symbol));
    if (symbol.st_shndx == SHN_UNDEF || !StringIs(strings_, symbol.st_name, name)) continue;
    if (found && found->address != symbol.st_value) {
      return absl::FailedPreconditionError(absl::StrCat("several symbols ", name));
    }
    found = ElfSymbol{.address = symbol.st_value, .size = symbol.st_size};
  }
  if (!found) return missing();
  return *found;
}

}  // namespace haldane::agent
