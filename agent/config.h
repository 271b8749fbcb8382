#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/budget/policy.h"
#include "rpc/credentials.h"

namespace haldane::agent {

// Where one label of a process comes from.
struct LabelRule {
  enum class Source {
    kValue,        // the same for every process of the host: `argument` itself
    kEnvironment,  // variable `argument` in the process's environment
    kFile,         // first line of file `argument` in its working directory, such as REVISION
    kCgroup,       // last component of its cgroup path; `argument` unused
  };
  std::string name;
  Source source = Source::kValue;
  std::string argument;
};

// Which processes of the machine this agent may look at: those that have every
// one of these environment variables with this value. Empty: all.
struct Scope {
  std::vector<std::pair<std::string, std::string>> environment;
};

// The agent's configuration file (YAML):
//
//   host: web-1                        # default: the machine's host name
//   controller: 127.0.0.1:7460        # required; needs tls unless it is on this machine
//   metrics: 127.0.0.1:9460            # default: none
//   kill_switch: /run/haldane/kill     # default; while it exists nothing is attached, and while
//                                      # /run/haldane/kill.web exists, nothing of service web is counted
//   budget: {cpu_percent: 1, memory_mib: 64}    # default: of one core, probes and agent together;
//                                      # vm_entries: true samples the interpreter's loop, too
//   tls: {certificate: a.pem, key: a.key, ca: ca.pem}
//   scope: {environment: {HALDANE_HOST: web-1}}    # default: every process
//   labels:                            # default: service and revision as here
//     service: {environment: HALDANE_SERVICE}
//     revision: {environment: HALDANE_REVISION}
//     release: {file: REVISION}
//     container: {cgroup: name}
//     region: {value: eu-west}
struct Config {
  std::string host;
  std::string controller;
  std::string metrics;
  std::string kill_switch;
  Budget budget;
  TlsFiles tls;
  Scope scope;
  std::vector<LabelRule> labels;  // sorted by name
};

// Parses the text of a configuration file. INVALID_ARGUMENT with
// "FILE:LINE: key: what is wrong; what to do" for syntax, an unknown key, a
// missing or an impossible value.
absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view file_name);

}  // namespace haldane::agent
