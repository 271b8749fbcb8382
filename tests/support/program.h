#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"

namespace haldane::testing {

// A run of the program, killed when it goes out of scope.
class Program {
 public:
  // `arguments` begin with the file of the program.
  explicit Program(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    output_.reset(ends[0]);
    const UniqueFd child_end(ends[1]);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // it does not outlive a test that is killed
      dup2(child_end.get(), STDOUT_FILENO);
      dup2(child_end.get(), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Program() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    Wait();
  }

  // Everything written until `text` was, or until the end, or for 20 s.
  const std::string& ReadUntil(const std::string& text) {
    pollfd readable = {.fd = output_.get(), .events = POLLIN, .revents = 0};
    char buffer[4096];
    while (written_.find(text) == std::string::npos && poll(&readable, 1, 20'000) > 0) {
      const ssize_t size = read(output_.get(), buffer, sizeof(buffer));
      if (size <= 0) break;
      written_.append(buffer, static_cast<size_t>(size));
    }
    return written_;
  }
  const std::string& ReadAll() { return ReadUntil("\x01"); }
  // The string value of a field of the log.
  std::string Field(const std::string& name) {
    const std::vector<std::string> parts = absl::StrSplit(written_, absl::StrCat("\"", name, "\":\""));
    return parts.size() < 2 ? "" : parts[1].substr(0, parts[1].find('"'));
  }
  void Signal(int signal) { kill(pid_, signal); }
  // Exit status; -1 when a signal ended it.
  int Wait() {
    ReadAll();  // a full pipe would keep it from ending
    if (pid_ > 0) {
      int status = 0;
      waitpid(pid_, &status, 0);
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      pid_ = -1;
    }
    return exit_;
  }

 private:
  pid_t pid_ = -1;
  int exit_ = -1;
  UniqueFd output_;
  std::string written_;
};

}  // namespace haldane::testing
