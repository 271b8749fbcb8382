#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/discovery/process_finder.h"
#include "agent/ruby/class_names.h"
#include "agent/ruby/interpreter.h"

namespace haldane::agent {

// What the agent asks about processes: ProcessFinder's methods, which see, and
// ClassNames', as one interface, so that tests decide what runs on the host.
class RubyProcesses {
 public:
  virtual ~RubyProcesses() = default;
  virtual std::vector<RubyProcess> Scan() = 0;
  virtual void Forget(uint32_t pid) = 0;
  virtual const Interpreter* interpreter(const BinaryKey& key) const = 0;
  virtual absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const = 0;
  virtual absl::StatusOr<std::string> OpenablePathOf(const RubyProcess& process) const = 0;
  virtual absl::Status CheckBreakpoints(const RubyProcess& process, const RaiseProbe& probe) const = 0;
  // ClassNames::Name; empty when there is none.
  virtual std::string ClassName(const RubyProcess& process, uint32_t image, uint64_t klass) = 0;
  // Drops what naming remembers of a process that has ended.
  virtual void ForgetClasses(uint32_t pid) = 0;
  virtual const std::map<std::string, std::string>& rejected() const = 0;
  virtual int unreadable() const = 0;
};

// The processes of this machine.
class MachineProcesses final : public RubyProcesses {
 public:
  // Both outlive this.
  MachineProcesses(ProcessFinder* finder, ClassNames* names) : finder_(finder), names_(names) {}

  std::vector<RubyProcess> Scan() override { return finder_->Scan(); }
  void Forget(uint32_t pid) override { finder_->Forget(pid); }
  const Interpreter* interpreter(const BinaryKey& key) const override { return finder_->interpreter(key); }
  absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const override {
    return finder_->OpenablePath(key);
  }
  absl::StatusOr<std::string> OpenablePathOf(const RubyProcess& process) const override {
    return finder_->OpenablePathOf(process.pid, process.binary);
  }
  absl::Status CheckBreakpoints(const RubyProcess& process, const RaiseProbe& probe) const override {
    return finder_->CheckBreakpoints(process.pid, process.start_ns, probe);
  }
  std::string ClassName(const RubyProcess& process, uint32_t image, uint64_t klass) override {
    return names_->Name(process.pid, process.start_ns, image, klass).value_or("");
  }
  void ForgetClasses(uint32_t pid) override { names_->Forget(pid); }
  const std::map<std::string, std::string>& rejected() const override { return finder_->rejected(); }
  int unreadable() const override { return finder_->unreadable(); }

 private:
  ProcessFinder* finder_;
  ClassNames* names_;
};

}  // namespace haldane::agent
