#pragma once

#include <string>
#include <vector>

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
  std::vector<std::string> command;
};
int RunGuardRun(const GuardRunOptions& options, const Console& console);

struct GuardCheckOptions {
  std::string policy_file;
  std::string explain;  // a name or a destination; empty: check only
};
int RunGuardCheck(const GuardCheckOptions& options, const Console& console);

int RunGuardProbe(const Console& console);

}  // namespace haldane::cli
