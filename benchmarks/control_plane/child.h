#pragma once

#include <sys/types.h>

#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace haldane::benchmarks {

// A server in a process of its own, so that what it costs can be told from what
// its load costs. Killed with this object.
class Child {
 public:
  // Its lines of log are read until one has `ready`, in which Field finds what
  // it says.
  Child(std::vector<std::string> arguments, const std::string& ready);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // A value of the log, such as the "address" that it listens on; empty for none.
  std::string Field(const std::string& name) const;
  // Processor time since it began, seconds.
  double CpuSeconds() const;
  // Memory that it has now, bytes.
  double ResidentBytes() const;

 private:
  pid_t pid_ = -1;
  UniqueFd output_;
  std::string log_;     // up to `ready`
  std::thread reader_;  // of what it says after that, which is lost; a full pipe would hold it up
};

}  // namespace haldane::benchmarks
