#include "guard/launch/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "guard/launch/confinement.h"

namespace haldane::guard {
namespace {

struct ChildFailure {
  int error;
  int step;  // index into kSteps
};
constexpr const char* kSteps[] = {"enter its groups", "hide sockets of daemons and protect the groups",
                                  "give up raw sockets", "run"};

bool IsSocket(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

// Sockets that we have open and the child would inherit: what they reach would
// not be judged, since a socket belongs to the group that made it.
Inherited FindInheritedSockets() {
  Inherited inherited;
  for (int fd = 0; fd <= 2; fd++) {
    if (IsSocket(fd)) inherited.sockets.push_back(fd);
  }
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return inherited;
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    if (fd <= 2 || fd == dirfd(directory) || !IsSocket(fd)) continue;
    if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) inherited.closed.push_back(fd);
  }
  closedir(directory);
  return inherited;
}

[[noreturn]] void GiveUp(int failure_fd, int step, int error) {
  const ChildFailure failure = {error, step};
  if (write(failure_fd, &failure, sizeof failure) < 0) _exit(127);
  _exit(127);
}

int EnterGroups(const std::vector<int>& procs) {
  for (const int fd : procs) {
    if (write(fd, "0", 1) != 1) return errno;
  }
  return 0;
}

[[noreturn]] void BecomeCommand(const ChildPlan& plan, int go_fd, int failure_fd) {
  // A launcher that dies must not leave a script that nobody watches.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char go = 0;
  if (read(go_fd, &go, 1) != 1) _exit(127);

  if (const int error = EnterGroups(plan.v1_procs); error != 0) GiveUp(failure_fd, 0, error);
  if (const int error = ConfineMounts(plan.hidden_paths, plan.cgroup_mounts); error != 0) {
    GiveUp(failure_fd, 1, error);
  }
  if (const int error = ConfineSockets(); error != 0) GiveUp(failure_fd, 2, error);

  for (const std::string& variable : plan.environment) putenv(const_cast<char*>(variable.c_str()));
  std::vector<char*> arguments;
  for (const std::string& argument : plan.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  // Everything of ours closes when the command begins; failure_fd last tells how that went.
  syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
  execvp(arguments[0], arguments.data());
  GiveUp(failure_fd, 3, errno);
}

// As fork, into a group: so that every socket of the child is of that group.
pid_t CloneInto(int cgroup_fd, int* pidfd) {
  clone_args arguments = {};
  arguments.flags = CLONE_PIDFD | CLONE_INTO_CGROUP;
  arguments.pidfd = reinterpret_cast<uint64_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<uint64_t>(cgroup_fd);
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace

absl::StatusOr<Child> Child::Make(const ChildPlan& plan) {
  int go[2], failure[2];
  if (pipe2(go, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  const UniqueFd go_read(go[0]);
  Child child;
  child.go_.reset(go[1]);
  if (pipe2(failure, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  child.failure_.reset(failure[0]);
  const UniqueFd failure_write(failure[1]);
  child.inherited_ = FindInheritedSockets();

  int pidfd = -1;
  const pid_t pid = CloneInto(plan.cgroup_fd, &pidfd);
  if (pid < 0) {
    return absl::ErrnoToStatus(errno, "cannot start a process in the run's group (clone3, Linux 5.7)");
  }
  if (pid == 0) {
    child.go_.reset();
    BecomeCommand(plan, go_read.get(), failure_write.get());
  }
  child.pid_ = pid;
  child.pidfd_.reset(pidfd);
  return child;
}

absl::Status Child::Go() {
  if (write(go_.get(), "g", 1) != 1) return absl::ErrnoToStatus(errno, "cannot start the command");
  go_.reset();
  ChildFailure failure;
  ssize_t size;
  do {
    size = read(failure_.get(), &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  if (size == 0) return absl::OkStatus();  // closed by exec
  Wait();
  if (size != sizeof failure)
    return absl::InternalError("the command's process ended before the command began");
  return absl::ErrnoToStatus(failure.error,
                             absl::StrCat("the command's process cannot ", kSteps[failure.step]));
}

int Child::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

int ExitCodeOfWait(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace haldane::guard
