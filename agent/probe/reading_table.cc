#include "agent/probe/reading_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace haldane::agent {

ProcessReading& ReadingTable::At(uint32_t slot, uint32_t pid, uint64_t start_ns) {
  const auto [it, is_new] = place_of_.try_emplace(slot, static_cast<uint32_t>(readings_.size()));
  if (is_new) {
    readings_.emplace_back();
    slots_.push_back(slot);
  }
  ProcessReading& reading = readings_[it->second];
  if (is_new || reading.pid != pid || reading.start_ns != start_ns) {
    reading = ProcessReading();
    reading.pid = pid;
    reading.start_ns = start_ns;
    is_sorted_ = false;
  }
  return reading;
}

void ReadingTable::Remove(uint32_t slot) {
  const auto known = place_of_.find(slot);
  if (known == place_of_.end()) return;
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < readings_.size(); ++i) {
    if (i != known->second) order.push_back(i);
  }
  Rebuild(order);
}

void ReadingTable::RemoveExited() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < readings_.size(); ++i) {
    if (!readings_[i].exited) order.push_back(i);
  }
  if (order.size() < readings_.size()) Rebuild(order);
}

std::vector<ProcessReading>& ReadingTable::Sorted() {
  if (is_sorted_) return readings_;
  std::vector<uint32_t> order(readings_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    return std::tie(readings_[a].pid, readings_[a].start_ns) <
           std::tie(readings_[b].pid, readings_[b].start_ns);
  });
  Rebuild(order);
  is_sorted_ = true;
  return readings_;
}

void ReadingTable::Rebuild(const std::vector<uint32_t>& order) {
  std::vector<ProcessReading> readings;
  std::vector<uint32_t> slots;
  place_of_.clear();
  for (const uint32_t i : order) {
    place_of_[slots_[i]] = static_cast<uint32_t>(slots.size());
    readings.push_back(std::move(readings_[i]));
    slots.push_back(slots_[i]);
  }
  readings_ = std::move(readings);
  slots_ = std::move(slots);
}

}  // namespace haldane::agent
