#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace haldane::guard {

// How the script's process is made.
struct ChildPlan {
  std::vector<std::string> command;      // as execvp takes it; not empty
  std::vector<std::string> environment;  // "NAME=value" to add to ours
  int cgroup_fd = -1;                    // of version 2: it is born in this group
  std::vector<int> v1_procs;             // cgroup.procs files to enter
  // Socket files of daemons that would resolve or act for it: hidden from it.
  std::vector<std::string> hidden_paths;
  sigset_t signal_mask = {};  // blocked in it
  // Where control groups are mounted: read-only for it, so that it cannot leave.
  std::vector<std::string> cgroup_mounts;
};

// What the child found of ours that would have escaped judgement.
struct Inherited {
  std::vector<int> closed;   // descriptors above 2 that were sockets
  std::vector<int> sockets;  // among 0 to 2: they stay, and what they reach is not judged
};

// The script's process, stopped before its first instruction until Go.
class Child {
 public:
  // Descriptors of ours do not reach it, except 0 to 2. It cannot make packet
  // sockets, nor sockets of families that bypass the network's hooks.
  static absl::StatusOr<Child> Make(const ChildPlan& plan);

  pid_t pid() const { return pid_; }
  // Readable when it has exited.
  int pidfd() const { return pidfd_.get(); }
  const Inherited& inherited() const { return inherited_; }

  // Runs the command. NOT_FOUND or another errno's code when it cannot be
  // executed; the child is gone then.
  absl::Status Go();
  // Its wait status once it has exited; the child is reaped.
  int Wait();

 private:
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd go_;       // writing lets it run
  UniqueFd failure_;  // an errno arrives here when it cannot
  Inherited inherited_;
};

// What a shell would say of a wait status: the exit code, or 128 plus the signal.
int ExitCodeOfWait(int status);

}  // namespace haldane::guard
