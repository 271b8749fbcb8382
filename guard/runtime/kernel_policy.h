#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi/guard_config.h"
#include "guard/cgroup/run_group.h"
#include "guard/kernel/clauses.h"
#include "guard/kernel/features.h"
#include "guard/kernel/programs.h"
#include "guard/policy/policy.h"

namespace haldane::guard {

// Socket files of daemons that act for others, in every spelling that programs
// use, with what the policy says of each.
struct WatchedSocket {
  std::string path;
  Delegate delegate = Delegate::kNscd;
  Handling handling = Handling::kAllow;
};
std::vector<WatchedSocket> WatchedSockets(const Policy& policy);

// What the programs are told of a policy, but for the run's own numbers.
haldane_guard_config KernelConfigOf(const Policy& policy);

// The programs of one run, loaded with its policy, attached to its group. The
// proxy listens on these ports of 127.0.0.1 and ::1, in the network namespace of
// the caller.
absl::StatusOr<std::unique_ptr<Programs>> LoadRun(const Policy& policy, const Features& features,
                                                  const RunGroup& group, uint16_t udp_port,
                                                  uint16_t tcp_port);

}  // namespace haldane::guard
