#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"

#ifdef HALDANE_WITH_AGENT

#include <string>
#include <vector>

#include "guard/runtime/run.h"

namespace haldane::cli {
namespace {

// How a process of its own calls the same controller as the same caller; a token
// of the environment it has from there.
std::vector<std::string> SendCommand(const GuardRunOptions& options, const Server& server) {
  std::vector<std::string> command = {"haldane", "--server", options.controller};
  const auto add = [&command](const char* option, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {option, value});
  };
  add("--tls-ca", server.tls.ca);
  add("--tls-cert", server.tls.certificate);
  add("--tls-key", server.tls.key);
  add("--token-file", server.token_file);
  command.insert(command.end(), {"guard", "send", "--out", options.out});
  return command;
}

}  // namespace

int RunGuardRun(const GuardRunOptions& options, const Server& server, const Console&) {
  guard::RunOptions run;
  run.policy_file = options.policy_file;
  if (options.mode == "observe") run.mode = guard::Mode::kObserve;
  if (options.mode == "enforce") run.mode = guard::Mode::kEnforce;
  run.rollback = options.rollback;
  run.out = options.out;
  run.deploy_id = options.deploy_id;
  run.step = options.step;
  run.quiet = options.quiet;
  run.command = options.command;
  run.controller = options.controller;
  run.service = options.service;
  run.send_command = SendCommand(options, server);
  return guard::RunGuarded(std::move(run));
}

}  // namespace haldane::cli

#else

namespace haldane::cli {

int RunGuardRun(const GuardRunOptions&, const Server&, const Console& console) {
  return Fail(console, kExitError,
              absl::UnimplementedError("this haldane was built without the kernel side (HALDANE_BPF=OFF)"));
}

}  // namespace haldane::cli

#endif
