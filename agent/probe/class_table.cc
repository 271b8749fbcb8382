#include "agent/probe/class_table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include <algorithm>

#include "bpf/haldane.skel.h"

namespace haldane::agent {
namespace {

void Add(const haldane_class_cell& cell, ClassTotals* totals) {
  const uint64_t count = Load(cell.count);
  if (count == 0) return;
  if (cell.key.image == HALDANE_IMAGE_NAMED) {
    totals->classes.emplace_back(std::string(cell.name, strnlen(cell.name, sizeof cell.name)), count);
  } else {
    totals->klasses.push_back({cell.key.id, cell.key.image, count});
  }
}

void Sort(ClassTotals* totals) {
  std::sort(totals->classes.begin(), totals->classes.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::sort(totals->klasses.begin(), totals->klasses.end(), [](const KlassCount& a, const KlassCount& b) {
    if (a.count != b.count) return a.count > b.count;
    return a.image != b.image ? a.image < b.image : a.klass < b.klass;
  });
}

}  // namespace

ClassTable::ClassTable(haldane_bpf* programs, MappedArray<haldane_class_cell> cells)
    : class_index_fd_(bpf_map__fd(programs->maps.class_index)),
      free_cells_fd_(bpf_map__fd(programs->maps.free_class_cells)),
      cells_(std::move(cells)) {}

absl::StatusOr<ClassTable> ClassTable::Create(haldane_bpf* programs) {
  absl::StatusOr<MappedArray<haldane_class_cell>> cells =
      MappedArray<haldane_class_cell>::Map(bpf_map__fd(programs->maps.class_cells), HALDANE_CLASS_CELLS);
  if (!cells.ok()) return cells.status();
  ClassTable table(programs, *std::move(cells));
  for (uint32_t index = 0; index < HALDANE_CLASS_CELLS; ++index) {
    if (bpf_map_update_elem(table.free_cells_fd_, nullptr, &index, BPF_ANY) != 0) {
      return absl::ErrnoToStatus(errno, "cannot fill the queue of free class cells");
    }
  }
  return table;
}

void ClassTable::FindCells() {
  cells_of_.clear();
  for (uint32_t index = 0; index < cells_.size(); ++index) {
    if (Load(cells_[index].used) != 0) cells_of_[cells_[index].key.slot].push_back(index);
  }
}

ClassTotals ClassTable::Read(uint32_t slot, uint32_t classes) {
  ClassTotals totals;
  auto known = cells_of_.find(slot);
  if (classes != (known == cells_of_.end() ? 0 : known->second.size())) {
    FindCells();
    known = cells_of_.find(slot);
  }
  if (known == cells_of_.end()) return totals;
  for (const uint32_t index : known->second) {
    if (Load(cells_[index].used) != 0 && cells_[index].key.slot == slot) Add(cells_[index], &totals);
  }
  Sort(&totals);
  return totals;
}

void ClassTable::Release(const std::vector<uint32_t>& slots) {
  for (const uint32_t slot : slots) cells_of_.erase(slot);
  for (uint32_t index = 0; index < cells_.size(); ++index) {
    haldane_class_cell& cell = cells_[index];
    if (Load(cell.used) == 0 || !std::binary_search(slots.begin(), slots.end(), cell.key.slot)) continue;
    (void)bpf_map_delete_elem(class_index_fd_, &cell.key);
    __atomic_store_n(&cell.used, 0u, __ATOMIC_RELEASE);
    // The queue has room for every cell there is.
    (void)bpf_map_update_elem(free_cells_fd_, nullptr, &index, BPF_ANY);
  }
}

}  // namespace haldane::agent
