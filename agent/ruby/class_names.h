#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "agent/ruby/class_layout.h"
#include "agent/ruby/file_identity.h"

namespace haldane::agent {

// Names the classes of exceptions by the address of their class objects, reading
// the memory of the processes they live in. Works without a table of offsets:
// learns the layout of each Ruby binary from its exported classes. Never guesses.
// Needs what reading /proc/PID/maps and process_vm_readv needs. Not thread-safe.
class ClassNames {
 public:
  // `proc` is where procfs is mounted.
  explicit ClassNames(std::string proc = "/proc") : proc_(std::move(proc)) {}

  // The name of the class whose object is at `klass` in process `pid`, such as
  // Net::ReadTimeout; an anonymous class or one of a single object gets the name
  // of its nearest named ancestor. None when it cannot be known: the process is
  // gone, is no Ruby, may not be read, or there is no such class.
  //
  // `start_ns` and `image` (number of execs) say which process and which of its
  // programs is meant; what was learnt of another under the same pid is dropped.
  std::optional<std::string> Name(uint32_t pid, uint64_t start_ns, uint32_t image, uint64_t klass);

  // Drops what is remembered of a process that has ended.
  void Forget(uint32_t pid) { processes_.erase(pid); }

 private:
  // An exported variable that holds a class.
  struct Variable {
    std::string class_name;
    uint64_t address = 0;        // in the file
    uint64_t super_address = 0;  // of the variable that holds its superclass
  };
  // One Ruby binary.
  struct Binary {
    std::vector<Variable> variables;  // empty: not Ruby
    uint64_t exception_address = 0;   // of the variable that holds Exception
    std::optional<ClassLayout> layout;
    int failed_calibrations = 0;
  };
  // One program of one process.
  struct Process {
    uint64_t start_ns = 0;
    uint32_t image = 0;
    Binary* binary = nullptr;
    uint64_t bias = 0;  // from address in the file to address in the process
  };

  Process* FindProcess(uint32_t pid, uint64_t start_ns, uint32_t image);
  // Finds the Ruby that the process maps; false when there is none.
  bool FindBinary(uint32_t pid, Process* process);
  Binary* ReadBinary(const std::string& path);
  // The layout of the process's Ruby, learnt from this process if need be.
  const ClassLayout* LayoutFor(const ProcessMemory& memory, const Process& process) const;

  std::string proc_;
  std::map<FileIdentity, Binary> binaries_;
  std::map<uint32_t, Process> processes_;
};

}  // namespace haldane::agent
