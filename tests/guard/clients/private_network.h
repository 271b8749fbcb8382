#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace haldane::guard {

// Gives this process a network and a view of the file system of its own, for
// good: loopback alone, and `resolv_conf` at /etc/resolv.conf. What is wrong,
// or empty.
std::string EnterPrivateNetwork(const std::string& resolv_conf);

// A program that runs beside the test. Killed and reaped when destroyed.
class Program {
 public:
  // Its output, both kinds, goes to a file of its own.
  explicit Program(const std::vector<std::string>& command);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // True once it has ended; does not wait.
  bool HasEnded();
  // Its exit code, -1 when a signal killed it. REQUIRES: it has ended.
  int exit_code() const { return exit_code_; }
  std::string Output() const;

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
  bool ended_ = false;
  int output_ = -1;
};

}  // namespace haldane::guard
