#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "agent/kernel/mapped_array.h"
#include "agent/probe/process_counters.h"
#include "bpf/abi/class_cell.h"

struct haldane_bpf;

namespace haldane::agent {

// Exceptions of one process by class; see ProcessReading.
struct ClassTotals {
  std::vector<std::pair<std::string, uint64_t>> classes;
  std::vector<KlassCount> klasses;
};

// The kernel's table of exception classes, as the agent sees it. Not thread-safe.
class ClassTable {
 public:
  // Makes every cell available. `programs` outlives this.
  static absl::StatusOr<ClassTable> Create(haldane_bpf* programs);

  // The totals of one slot, sorted as ProcessReading has them. `classes`: how many
  // the slot has, so that cells need not be searched for as long as that is known.
  ClassTotals Read(uint32_t slot, uint32_t classes);
  // Forgets the classes of slots. REQUIRES: `slots` is sorted; no program can
  // count in them any more.
  void Release(const std::vector<uint32_t>& slots);

 private:
  ClassTable(haldane_bpf* programs, MappedArray<haldane_class_cell> cells);
  void FindCells();

  int class_index_fd_;
  int free_cells_fd_;
  MappedArray<haldane_class_cell> cells_;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> cells_of_;  // by slot
};

}  // namespace haldane::agent
