#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "tests/guard/clients/private_network.h"

namespace haldane::guard {

std::string EnterPrivateNetwork(const std::string& resolv_conf) {
  const auto failed = [](const char* what) { return absl::StrCat(what, ": ", strerror(errno)); };
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return failed("a network namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("private mounts");
  const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq up = {};
  std::strcpy(up.ifr_name, "lo");
  up.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(any.get(), SIOCSIFFLAGS, &up) != 0) return failed("the loopback interface");
  char path[] = "/tmp/haldane-resolv-XXXXXX";
  const UniqueFd file(mkstemp(path));
  if (!file.is_open() || write(file.get(), resolv_conf.data(), resolv_conf.size()) < 0) return failed(path);
  const bool mounted = mount(path, "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
  const std::string problem = mounted ? "" : failed("/etc/resolv.conf");
  unlink(path);
  return problem;
}

Program::Program(const std::vector<std::string>& command) : output_(memfd_create("output", 0)) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output_, 1);
  dup2(output_, 2);
  setenv("LC_ALL", "C", 1);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

Program::~Program() {
  if (!HasEnded()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
}

bool Program::HasEnded() {
  int status = 0;
  if (!ended_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    ended_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  return ended_;
}

std::string Program::Output() const {
  std::string text;
  char buffer[4096];
  for (off_t at = 0;; at += static_cast<off_t>(sizeof(buffer))) {
    const ssize_t size = pread(output_, buffer, sizeof(buffer), at);
    if (size > 0) text.append(buffer, static_cast<size_t>(size));
    if (size < static_cast<ssize_t>(sizeof(buffer))) return text;
  }
}

}  // namespace haldane::guard
