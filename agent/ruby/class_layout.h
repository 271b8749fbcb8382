#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/ruby/process_memory.h"

namespace haldane::agent {

// A class of which everything is known: where its object is in a process, its
// name, and where its superclass is.
struct ReferenceClass {
  std::string name;
  uint64_t klass = 0;
  uint64_t superclass = 0;
};

// Where one build of Ruby keeps the name and the superclass of a class. It differs
// between versions and is in no header, so it is found by looking for what is
// known of the reference classes, in the memory of a process.
class ClassLayout {
 public:
  // None unless one and the same way leads to the name of every reference class.
  static std::optional<ClassLayout> Calibrate(const ProcessMemory& memory,
                                              const std::vector<ReferenceClass>& references);

  // The name of the exception class `klass`; of its nearest named ancestor when it
  // is anonymous or belongs to one object only. None when memory does not hold a
  // class that descends from `exception` (the object of class Exception).
  std::optional<std::string> NameOf(const ProcessMemory& memory, uint64_t klass, uint64_t exception) const;

 private:
  // How the name is reached from the class object:
  //   kField    its word at `first` is the string                   (Ruby 3.3 on)
  //   kPointer  its word at `first` points to words; that at `second` is the string (3.2)
  //   kTable    as kPointer, but the word at `second` points to a hash table, whose
  //             entries are at its word `third`; `key` leads to the string (to 3.1)
  enum class Route { kField, kPointer, kTable };

  static std::vector<ClassLayout> Candidates(const ProcessMemory& memory, const ReferenceClass& reference);
  // What is found at the end of the route: a name, or something else, or nothing.
  std::optional<std::string> OwnName(const ProcessMemory& memory, uint64_t klass) const;
  std::optional<std::string> NameInTable(const ProcessMemory& memory, uint64_t table) const;

  uint64_t super_ = 0;
  Route route_ = Route::kField;
  uint64_t first_ = 0;
  uint64_t second_ = 0;
  uint64_t third_ = 0;
  uint64_t key_ = 0;
};

}  // namespace haldane::agent
