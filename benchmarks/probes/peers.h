#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/kernel/link.h"
#include "base/unique_fd.h"

namespace haldane::benchmarks {

// A program that does nothing, attached by one uprobe link.
class EmptyUprobe {
 public:
  EmptyUprobe(const std::string& path, unsigned long offset);
  bool is_attached() const { return link_.is_open(); }

 private:
  UniqueFd program_;
  UniqueFd link_;
};

// Programs that do nothing, at tracepoints such as "syscalls/sys_enter_sendto" or, by
// their raw name, "raw:sys_exit".
class EmptyTracepoints {
 public:
  explicit EmptyTracepoints(const std::vector<std::string>& tracepoints);
  bool is_attached() const { return attached_; }

 private:
  std::vector<UniqueFd> fds_;
  bool attached_ = true;
};

// bpftrace with a program, from the moment when its probes are in place.
class Bpftrace {
 public:
  explicit Bpftrace(const std::string& program);
  ~Bpftrace();
  bool is_running() const { return running_; }

 private:
  pid_t pid_ = -1;
  bool running_ = false;
};

}  // namespace haldane::benchmarks
