#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ruby/elf_image.h"

namespace haldane::agent {

// Something that a symbol table defines.
struct ElfSymbol {
  uint64_t address = 0;
  uint64_t size = 0;  // 0 when the table does not say
};

// A symbol table, held in memory.
class SymbolTable {
 public:
  enum class Kind {
    kDynamic,  // .dynsym: what a binary exports; always there
    kFull,     // .symtab: static functions too; absent from a stripped binary
  };

  // NOT_FOUND when the file has no such table.
  static absl::StatusOr<SymbolTable> Read(const ElfImage& image, Kind kind);

  // The definition of `name`. NOT_FOUND when there is none, FAILED_PRECONDITION
  // when there are several with different addresses.
  absl::StatusOr<ElfSymbol> Find(absl::string_view name) const;

 private:
  std::string symbols_;
  std::string strings_;
};

}  // namespace haldane::agent
