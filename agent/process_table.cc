#include "agent/process_table.h"

#include <utility>

namespace haldane::agent {
namespace {

constexpr int kScansToBeGone = 2;

}  // namespace

absl::string_view LabelOf(const RubyProcess& process, absl::string_view name) {
  for (const auto& [label, value] : process.labels) {
    if (label == name) return value;
  }
  return "";
}

std::vector<TrackedProcess> ProcessTable::Apply(const std::vector<RubyProcess>& scan) {
  std::vector<TrackedProcess> gone;
  for (auto& [pid, tracked] : processes_) ++tracked.missed_scans;
  overflow_ = 0;
  for (const RubyProcess& found : scan) {
    if (processes_.size() >= kMaxProcesses && processes_.count(found.pid) == 0) {
      ++overflow_;
      continue;
    }
    auto [it, is_new] = processes_.try_emplace(found.pid);
    TrackedProcess& tracked = it->second;
    if (!is_new && tracked.process.start_ns != found.start_ns) {
      gone.push_back(std::move(tracked));
      tracked = TrackedProcess();
    }
    if (tracked.process.labels != found.labels || tracked.process.binary != found.binary)
      tracked.changed = true;
    tracked.process = found;
    tracked.missed_scans = 0;
  }
  in_doubt_ = false;
  for (auto it = processes_.begin(); it != processes_.end();) {
    if (it->second.missed_scans >= kScansToBeGone) {
      gone.push_back(std::move(it->second));
      it = processes_.erase(it);
    } else {
      in_doubt_ |= it->second.missed_scans > 0;
      ++it;
    }
  }
  return gone;
}

TrackedProcess* ProcessTable::Find(uint32_t pid, uint64_t start_ns) {
  const auto it = processes_.find(pid);
  return it == processes_.end() || it->second.process.start_ns != start_ns ? nullptr : &it->second;
}

TrackedProcess* ProcessTable::Adopt(const TrackedProcess& parent, uint32_t pid, uint64_t start_ns) {
  if (processes_.size() >= kMaxProcesses) return nullptr;
  TrackedProcess child;
  child.process = parent.process;
  child.process.pid = pid;
  child.process.start_ns = start_ns;
  child.totals.InheritNames(parent.totals);
  return &(processes_[pid] = std::move(child));
}

}  // namespace haldane::agent
