#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace haldane::agent {

// A process with a pipe to its stdin and one from its stdout and stderr. Killed
// and reaped when destroyed.
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& command);
  ChildProcess(ChildProcess&&) = default;
  ~ChildProcess();

  uint32_t pid() const { return static_cast<uint32_t>(pid_); }
  // As /proc/PID/stat has it, in nanoseconds.
  uint64_t start_ns() const;

  void Write(const std::string& text);
  // The next line of its output, without its end; "" at the end of output.
  std::string ReadLine();
  // Lines until one contains `text`, which is returned.
  std::string ReadUntil(const std::string& text);

  void Kill(int signal);
  // Its wait status.
  int Wait();

 private:
  struct Reaped {
    Reaped() = default;
    Reaped(Reaped&& other) noexcept : value(std::exchange(other.value, true)) {}
    bool value = false;
  };
  pid_t pid_ = -1;
  Reaped reaped_;
  UniqueFd to_child_;
  UniqueFd from_child_;
  std::string unread_;
};

// Start of a process as /proc/PID/stat has it, in nanoseconds; 0 if there is none.
uint64_t StartOf(uint32_t pid);

// A Ruby that does what it is told: tests/bpf/ruby/evaluate.rb.
class RubyChild : public ChildProcess {
 public:
  RubyChild();
  // Evaluates one line of Ruby; what it evaluates to, as Ruby writes it.
  std::string Eval(const std::string& line);
};

}  // namespace haldane::agent
