#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "guard/cgroup/run_group.h"
#include "guard/kernel/programs.h"
#include "guard/policy/policy.h"
#include "guard/record/recorder.h"
#include "guard/runtime/proxy_sockets.h"

namespace haldane::guard {

// What a person asks for.
struct RunOptions {
  std::string policy_file;
  std::optional<Mode> mode;          // instead of the policy's
  bool rollback = false;             // a rollback is never stopped: observe, whatever else is said
  std::vector<std::string> command;  // not empty
  // Folder of what is written: OUT/RUN.jsonl, .log, .json and .md
  // (runtime/run_record.h), and what the last good run of each policy contacted.
  std::string out = "/var/lib/haldane/guard";
  std::string run_id;     // empty: a new one
  std::string deploy_id;  // may be empty
  std::string step;       // may be empty
  std::string resolv_conf = "/etc/resolv.conf";
  bool quiet = false;  // no summary at the end

  // Where the controller is to be told of the run; empty for nowhere. How the
  // script fares never depends on it.
  std::string controller;
  std::string service;  // that is deployed; may be empty
  // The command that sends what waits in OUT/spool, to which "--follow RUN" is
  // added; the first word is this program's name.
  std::vector<std::string> send_command;
};

// Exit codes of our own. They replace only a script's success.
enum GuardExit : int {
  kExitSetupFailed = 120,      // the script was not started
  kExitViolation = 121,        // something was blocked, and the policy says fail_on: blocked
  kExitAuditIncomplete = 122,  // something was not recorded, and the policy wants everything
  kExitLimit = 123,            // a limit was hit
};

// What launcher and proxy share of one run: made before they part.
struct Run {
  RunOptions options;
  RunInfo info;
  absl::Time started;
  std::unique_ptr<Policy> policy;
  std::unique_ptr<RunGroup> group;
  std::unique_ptr<Programs> programs;
  ProxySockets sockets;
  std::vector<UpstreamServer> upstream;
  std::vector<std::string> cgroup_mounts;  // every hierarchy's mount point
  UniqueFd alive;                          // Spool::HoldAlive, with a controller
};

// Runs the command under guard and returns what to exit with: the command's own
// code, or 128 plus the signal that killed it, or one of GuardExit. Messages and
// the summary go to stderr. The calling process must have one thread.
int RunGuarded(RunOptions options);

}  // namespace haldane::guard
