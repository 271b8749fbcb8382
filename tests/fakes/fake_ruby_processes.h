#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/ruby_processes.h"

namespace haldane::testing {

// A host on which runs what the test says. Not thread-safe.
class FakeRubyProcesses final : public agent::RubyProcesses {
 public:
  std::map<uint32_t, agent::RubyProcess> running;
  std::map<agent::BinaryKey, agent::Interpreter> interpreters;
  std::map<uint64_t, std::string> class_names;  // by address, in every process
  std::map<std::string, std::string> rejected_files;
  absl::Status on_check;  // what CheckBreakpoints says
  int scans = 0;

  // A Ruby whose exceptions are counted by `source`.
  agent::BinaryKey AddBinary(const std::string& build_id, haldane::v1::ProbeSource source) {
    agent::BinaryKey key;
    key.inode = 1 + interpreters.size();
    key.size = 4096;
    key.build_id = build_id;
    agent::Interpreter& interpreter = interpreters[key];
    interpreter.build_id = build_id;
    interpreter.version = "3.1.2";
    interpreter.raise.source = source;
    if (source != haldane::v1::PROBE_SOURCE_NONE) interpreter.raise.points.emplace_back();
    return key;
  }
  void Start(uint32_t pid, uint64_t start_ns, const agent::BinaryKey& binary, const std::string& service,
             const std::string& revision = "abc123") {
    agent::RubyProcess process;
    process.pid = pid;
    process.start_ns = start_ns;
    process.labels = {{"revision", revision}, {"service", service}};
    process.binary = binary;
    running[pid] = process;
  }

  std::vector<agent::RubyProcess> Scan() override {
    ++scans;
    std::vector<agent::RubyProcess> found;
    for (const auto& [pid, process] : running) found.push_back(process);
    return found;
  }
  void Forget(uint32_t) override {}
  const agent::Interpreter* interpreter(const agent::BinaryKey& key) const override {
    const auto found = interpreters.find(key);
    return found == interpreters.end() ? nullptr : &found->second;
  }
  absl::StatusOr<std::string> OpenablePath(const agent::BinaryKey& key) const override {
    for (const auto& [pid, process] : running) {
      if (process.binary == key) return absl::StrCat("/proc/", pid, "/exe");
    }
    return absl::NotFoundError("no process maps it");
  }
  absl::StatusOr<std::string> OpenablePathOf(const agent::RubyProcess& process) const override {
    return absl::StrCat("/proc/", process.pid, "/exe");
  }
  absl::Status CheckBreakpoints(const agent::RubyProcess&, const agent::RaiseProbe&) const override {
    return on_check;
  }
  void ForgetClasses(uint32_t) override {}
  std::string ClassName(const agent::RubyProcess&, uint32_t, uint64_t klass) override {
    const auto found = class_names.find(klass);
    return found == class_names.end() ? "" : found->second;
  }
  const std::map<std::string, std::string>& rejected() const override { return rejected_files; }
  int unreadable() const override { return 0; }
};

}  // namespace haldane::testing
