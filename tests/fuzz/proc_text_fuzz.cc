// libFuzzer target: any bytes are read as the texts of /proc that a process can
// shape (its name in stat, the paths in maps), never a crash, and what is read is
// consistent with itself.
#include <cstdint>
#include <cstdlib>

#include "agent/discovery/proc_stat.h"
#include "agent/probe/process_stat.h"
#include "agent/ruby/elf_notes.h"
#include "agent/ruby/memory_map.h"
#include "agent/ruby/usdt_notes.h"

namespace haldane::agent {
namespace {

void ReadText(absl::string_view text) {
  const auto stat = ParseProcStat(text);
  if (stat && !stat->SameImage(*stat)) std::abort();
  ParseProcessStat(text);
  for (const FileMapping& mapping : ParseExecutableMappings(text)) {
    if (mapping.end < mapping.start || mapping.inode == 0) std::abort();
    const auto address = mapping.AddressOf(mapping.offset);
    if (address.has_value() != (mapping.end > mapping.start)) std::abort();
    if (address && *address != mapping.start) std::abort();
  }
  for (const ElfNote& note : ParseNotes(text)) {
    if (note.content.size() > text.size()) std::abort();
  }
  for (size_t index = 0; index < 4; ++index) {
    const auto place = RegisterOfArgument(text, index);
    if (place && *place > 19) std::abort();
  }
}

}  // namespace
}  // namespace haldane::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  haldane::agent::ReadText({reinterpret_cast<const char*>(data), size});
  return 0;
}
