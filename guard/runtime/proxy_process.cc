#include "guard/runtime/proxy_process.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "base/status_macros.h"
#include "guard/runtime/channel.h"
#include "guard/runtime/guard_loop.h"

namespace haldane::guard {
namespace {

pid_t ForkWithPidfd(int* pidfd) {
  clone_args arguments = {};
  arguments.flags = CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace

absl::StatusOr<ProxyProcess> StartProxy(const Run& run, pid_t script, uint32_t restarts,
                                        const std::vector<int>& close_in_child) {
  ASSIGN_OR_RETURN(auto ends, MakeChannel());
  int pidfd = -1;
  const pid_t pid = ForkWithPidfd(&pidfd);
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot start the proxy's process");
  if (pid == 0) {
    ends.first.reset();
    for (const int fd : close_in_child) close(fd);
    // Not among the terminal's processes: its interrupts are for the script.
    setsid();
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "haldane-guard");
    // _exit: what the launcher owns is the launcher's to end.
    _exit(RunGuardLoop(run, script, restarts, ends.second.get()));
  }
  ProxyProcess process;
  process.pid = pid;
  process.pidfd.reset(pidfd);
  process.channel = std::move(ends.first);
  return process;
}

}  // namespace haldane::guard
