#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/discovery/process_finder.h"
#include "agent/ruby/interpreter.h"

namespace haldane::agent {

// What the agent asks of discovery: ProcessFinder's methods, which see, as an
// interface, so that tests decide what runs on the host.
class RubyProcesses {
 public:
  virtual ~RubyProcesses() = default;
  virtual std::vector<RubyProcess> Scan() = 0;
  virtual void Forget(uint32_t pid) = 0;
  virtual const Interpreter* interpreter(const BinaryKey& key) const = 0;
  virtual absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const = 0;
  // The name of the class whose object is at `klass` in the process's memory;
  // empty when it cannot be had.
  virtual std::string ClassName(const RubyProcess& process, uint64_t klass) = 0;
  virtual const std::map<std::string, std::string>& rejected() const = 0;
  virtual int unreadable() const = 0;
};

// The processes of this machine.
class MachineProcesses final : public RubyProcesses {
 public:
  explicit MachineProcesses(ProcessFinder* finder) : finder_(finder) {}
  std::vector<RubyProcess> Scan() override { return finder_->Scan(); }
  void Forget(uint32_t pid) override { finder_->Forget(pid); }
  const Interpreter* interpreter(const BinaryKey& key) const override { return finder_->interpreter(key); }
  absl::StatusOr<std::string> OpenablePath(const BinaryKey& key) const override {
    return finder_->OpenablePath(key);
  }
  const std::map<std::string, std::string>& rejected() const override { return finder_->rejected(); }
  int unreadable() const override { return finder_->unreadable(); }

 private:
  ProcessFinder* finder_;
};

}  // namespace haldane::agent
