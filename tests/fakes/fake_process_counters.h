#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/probe/process_counters.h"

namespace haldane::testing {

// The kernel side as its header promises it, with no kernel: the test says what
// happens to processes, and sees what is attached. Not thread-safe.
class FakeProcessCounters final : public agent::ProcessCounters {
 public:
  // What is attached and watched now.
  bool hooks_attached = false;
  std::map<std::string, agent::RaiseProbe> raises;
  std::set<std::string> interpreters;
  std::set<uint32_t> watched;
  // Every call that changes something, in order, such as "watch 7".
  std::vector<std::string> calls;
  // Totals by pid; only those of watched processes are read.
  std::map<uint32_t, agent::ProcessReading> totals;
  std::vector<agent::LifecycleEvent> lifecycle;
  std::vector<agent::Drop> drops;
  // What can be shed; the test owns them.
  std::vector<agent::ProbeGroup*> groups;
  // Final totals that the next Read returns.
  std::vector<agent::ProcessReading> exited;
  // What the next calls return.
  absl::Status on_watch, on_hooks, on_raise;

  // A process ends: its totals are final and read once.
  void Exit(uint32_t pid) {
    if (watched.erase(pid) == 0) return;
    agent::ProcessReading reading = totals[pid];
    totals.erase(pid);
    reading.exited = true;
    exited.push_back(reading);
  }
  // A watched process forks: the child is counted from its first instruction.
  void Fork(uint32_t parent, uint32_t child, uint64_t start_ns) {
    agent::ProcessReading reading;
    reading.pid = child;
    reading.start_ns = start_ns;
    reading.parent_pid = parent;
    reading.parent_start_ns = totals[parent].start_ns;
    totals[child] = reading;
    watched.insert(child);
    lifecycle.push_back({agent::LifecycleEvent::Kind::kFork, child, parent});
  }

  absl::Status Watch(uint32_t pid, uint64_t start_ns) override {
    if (!on_watch.ok()) return on_watch;
    if (!watched.insert(pid).second) return absl::OkStatus();
    calls.push_back(absl::StrCat("watch ", pid));
    totals[pid] = {};
    totals[pid].pid = pid;
    totals[pid].start_ns = start_ns;
    return absl::OkStatus();
  }
  void Unwatch(uint32_t pid) override {
    if (watched.erase(pid) > 0) calls.push_back(absl::StrCat("unwatch ", pid));
    totals.erase(pid);
  }
  absl::Status AttachKernelHooks() override {
    if (!on_hooks.ok()) return on_hooks;
    if (!std::exchange(hooks_attached, true)) calls.push_back("hooks");
    return absl::OkStatus();
  }
  absl::Status AttachRaise(const std::string& binary, const std::string&,
                           const agent::RaiseProbe& probe) override {
    if (!on_raise.ok()) return on_raise;
    if (raises.emplace(binary, probe).second) calls.push_back(absl::StrCat("raise ", binary));
    return absl::OkStatus();
  }
  void AttachInterpreter(const std::string& binary, const std::string&) override {
    interpreters.insert(binary);
  }
  void DetachRaise(const std::string& binary) override {
    raises.erase(binary);
    interpreters.erase(binary);
  }
  void DetachWitnesses(const std::string& binary) override {
    calls.push_back(absl::StrCat("end witnesses ", binary));
  }
  void DetachAll() override {
    calls.push_back("detach");
    hooks_attached = false;
    raises.clear();
    interpreters.clear();
  }
  std::vector<agent::ProbeGroup*> Groups() override { return groups; }
  absl::Span<const agent::ProcessReading> Read() override {
    readings_ = std::exchange(exited, {});
    for (const auto& [pid, reading] : totals) readings_.push_back(reading);
    ++version_;
    for (agent::ProcessReading& reading : readings_) reading.version = version_;
    std::sort(readings_.begin(), readings_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.pid, a.start_ns) < std::pair(b.pid, b.start_ns);
    });
    return readings_;
  }
  std::vector<agent::LifecycleEvent> DrainLifecycle() override { return std::exchange(lifecycle, {}); }
  std::vector<agent::Drop> Drops() override { return drops; }

 private:
  std::vector<agent::ProcessReading> readings_;
  uint64_t version_ = 0;
};

}  // namespace haldane::testing
