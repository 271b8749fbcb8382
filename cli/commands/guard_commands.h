#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/commands/commands.h"
#include "cli/console.h"

// `haldane guard`. One function per command, as in commands.h.
namespace haldane::cli {

struct GuardRunOptions {
  std::string policy_file;
  std::string mode;  // "observe", "enforce", or empty: the policy's
  bool rollback = false;
  std::string out = "/var/lib/haldane/guard";
  std::string deploy_id, step;
  bool quiet = false;
  std::string controller;  // that is told of the run; empty for none
  std::string service;     // that is deployed; may be empty
  std::vector<std::string> command;
};
int RunGuardRun(const GuardRunOptions& options, const Server& server, const Console& console);

struct GuardSendOptions {
  std::string out = "/var/lib/haldane/guard";
  std::string follow;  // a run: until its last report is sent; empty: what waits, once
};
int RunGuardSend(const GuardSendOptions& options, const Server& server, const Console& console);

struct GuardListOptions {
  std::string deploy_id, service, host;  // empty for all
  bool findings = false;                 // commands over all hosts, instead of runs
  uint32_t limit = 100;
  Output output = Output::kText;
};
int RunGuardList(const GuardListOptions& options, const Server& server, const Console& console);

struct GuardGetOptions {
  std::string run_id;
  Output output = Output::kText;
};
int RunGuardGet(const GuardGetOptions& options, const Server& server, const Console& console);

struct GuardCheckOptions {
  std::string policy_file;
  std::string explain;  // a name or a destination; empty: check only
};
int RunGuardCheck(const GuardCheckOptions& options, const Console& console);

int RunGuardProbe(const Console& console);

}  // namespace haldane::cli
