#include "agent/ruby/elf_notes.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace haldane::agent {
namespace {

// Takes `size` bytes and the padding to a multiple of four; false if `size`
// bytes are not there.
bool TakePadded(absl::string_view* bytes, uint64_t size, absl::string_view* taken) {
  if (size > bytes->size()) return false;
  *taken = bytes->substr(0, size);
  bytes->remove_prefix(std::min<uint64_t>((size + 3) & ~uint64_t{3}, bytes->size()));
  return true;
}

}  // namespace

std::vector<ElfNote> ParseNotes(absl::string_view bytes) {
  std::vector<ElfNote> notes;
  while (bytes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    bytes.remove_prefix(sizeof(header));
    ElfNote note;
    note.type = header.n_type;
    if (!TakePadded(&bytes, header.n_namesz, &note.owner) ||
        !TakePadded(&bytes, header.n_descsz, &note.content)) {
      break;
    }
    note.owner = note.owner.substr(0, note.owner.find('\0'));
    notes.push_back(note);
  }
  return notes;
}

}  // namespace haldane::agent
