#include "agent/ruby/class_layout.h"

#include <algorithm>
#include <map>

#include "agent/ruby/ruby_string.h"

namespace haldane::agent {
namespace {

constexpr uint64_t kWord = sizeof(uint64_t);
// How far the search for a name looks into a class object and into what it
// points to.
constexpr uint64_t kClassBytes = 256;
constexpr uint64_t kExtensionBytes = 192;
constexpr uint64_t kTableBytes = 64;
constexpr size_t kMaxAncestors = 64;
constexpr size_t kMaxTableEntries = 4096;

constexpr uint64_t kObjectTypeMask = 0x1f;
constexpr uint64_t kClassType = 2;
constexpr uint64_t kIncludedModuleType = 0x1c;

// Ruby's hash table: its entries' number lies before their address.
struct TableEntry {
  uint64_t hash;
  uint64_t key;
  uint64_t value;
};

bool MayBePointer(uint64_t word) {
  return word % kWord == 0 && word >= 0x10000 && word < (uint64_t{1} << 47);
}

// Calls `each(offset, word)` for the readable words among `bytes` at `address`.
template <typename F>
void ForEachWord(const ProcessMemory& memory, uint64_t address, uint64_t bytes, const F& each) {
  for (uint64_t offset = 0; offset < bytes; offset += kWord) {
    const std::optional<uint64_t> word = memory.ReadWord(address + offset);
    if (!word) return;
    each(offset, *word);
  }
}

std::vector<TableEntry> ReadTable(const ProcessMemory& memory, uint64_t entries, uint64_t count,
                                  size_t limit) {
  if (!MayBePointer(entries) || count == 0 || count > kMaxTableEntries) return {};
  std::vector<TableEntry> table(std::min<size_t>(count, limit));
  if (!memory.Read(entries, table.data(), table.size() * sizeof(TableEntry))) return {};
  return table;
}

// The offset at which most classes hold their superclass. A class that includes
// a module holds another object there, so not all need agree.
std::optional<uint64_t> FindSuperclassOffset(const ProcessMemory& memory,
                                             const std::vector<ReferenceClass>& references) {
  std::map<uint64_t, size_t> votes;
  for (const ReferenceClass& reference : references) {
    ForEachWord(memory, reference.klass, kClassBytes, [&](uint64_t offset, uint64_t word) {
      if (word == reference.superclass) ++votes[offset];
    });
  }
  for (const auto& [offset, count] : votes) {
    if (count * 2 > references.size()) return offset;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ClassLayout> ClassLayout::Calibrate(const ProcessMemory& memory,
                                                  const std::vector<ReferenceClass>& references) {
  if (references.size() < 4) return std::nullopt;
  const std::optional<uint64_t> super = FindSuperclassOffset(memory, references);
  if (!super) return std::nullopt;
  std::vector<ClassLayout> candidates = Candidates(memory, references.front());
  // A class may also point to itself, until a module is prepended to it; the way
  // through that pointer is longer.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const ClassLayout& a, const ClassLayout& b) { return a.route_ < b.route_; });
  for (ClassLayout& candidate : candidates) {
    const bool fits_all =
        std::all_of(references.begin(), references.end(), [&](const ReferenceClass& reference) {
          return candidate.OwnName(memory, reference.klass) == reference.name;
        });
    if (!fits_all) continue;
    candidate.super_ = *super;
    return candidate;
  }
  return std::nullopt;
}

std::vector<ClassLayout> ClassLayout::Candidates(const ProcessMemory& memory,
                                                 const ReferenceClass& reference) {
  std::vector<ClassLayout> found;
  const auto is_name = [&](uint64_t word) {
    return MayBePointer(word) && ReadClassPath(memory, word) == reference.name;
  };
  ClassLayout way;
  const auto look_in_table = [&](uint64_t table) {
    uint64_t previous = 0;
    ForEachWord(memory, table, kTableBytes, [&](uint64_t offset, uint64_t word) {
      for (const TableEntry& entry : ReadTable(memory, word, previous, kExtensionBytes)) {
        if (!is_name(entry.value)) continue;
        way.route_ = Route::kTable;
        way.third_ = offset;
        way.key_ = entry.key;
        found.push_back(way);
      }
      previous = word;
    });
  };
  const auto look_behind_pointer = [&](uint64_t words) {
    ForEachWord(memory, words, kExtensionBytes, [&](uint64_t offset, uint64_t word) {
      way.route_ = Route::kPointer;
      way.second_ = offset;
      if (is_name(word)) {
        found.push_back(way);
      } else if (MayBePointer(word)) {
        look_in_table(word);
      }
    });
  };
  ForEachWord(memory, reference.klass, kClassBytes, [&](uint64_t offset, uint64_t word) {
    if (offset < 2 * kWord) return;  // flags and the class of the class
    way = ClassLayout();
    way.first_ = offset;
    if (is_name(word)) {
      found.push_back(way);
    } else if (MayBePointer(word)) {
      look_behind_pointer(word);
    }
  });
  return found;
}

std::optional<std::string> ClassLayout::OwnName(const ProcessMemory& memory, uint64_t klass) const {
  std::optional<uint64_t> word = memory.ReadWord(klass + first_);
  if (word && route_ != Route::kField) word = memory.ReadWord(*word + second_);
  if (!word || !MayBePointer(*word)) return std::nullopt;
  return route_ == Route::kTable ? NameInTable(memory, *word) : ReadClassPath(memory, *word);
}

std::optional<std::string> ClassLayout::NameInTable(const ProcessMemory& memory, uint64_t table) const {
  const std::optional<uint64_t> count = memory.ReadWord(table + third_ - kWord);
  const std::optional<uint64_t> entries = memory.ReadWord(table + third_);
  if (!count || !entries) return std::nullopt;
  for (const TableEntry& entry : ReadTable(memory, *entries, *count, kMaxTableEntries)) {
    if (entry.key == key_) return ReadClassPath(memory, entry.value);
  }
  return std::nullopt;
}

std::optional<std::string> ClassLayout::NameOf(const ProcessMemory& memory, uint64_t klass,
                                               uint64_t exception) const {
  std::optional<std::string> name;
  for (size_t i = 0; i < kMaxAncestors && MayBePointer(klass); ++i) {
    const std::optional<uint64_t> flags = memory.ReadWord(klass);
    if (!flags) return std::nullopt;
    const uint64_t type = *flags & kObjectTypeMask;
    // A module that is included shows its own name here, which is not a class's.
    if (type != kClassType && type != kIncludedModuleType) return std::nullopt;
    if (!name && type == kClassType) name = OwnName(memory, klass);
    if (klass == exception) return name;
    const std::optional<uint64_t> super = memory.ReadWord(klass + super_);
    if (!super) return std::nullopt;
    klass = *super;
  }
  return std::nullopt;
}

}  // namespace haldane::agent
