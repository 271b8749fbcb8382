#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"

#ifdef HALDANE_WITH_AGENT

#include "guard/runtime/run.h"

namespace haldane::cli {

int RunGuardRun(const GuardRunOptions& options, const Console&) {
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
  return guard::RunGuarded(std::move(run));
}

}  // namespace haldane::cli

#else

namespace haldane::cli {

int RunGuardRun(const GuardRunOptions&, const Console& console) {
  return Fail(console, kExitError,
              absl::UnimplementedError("this haldane was built without the kernel side (HALDANE_BPF=OFF)"));
}

}  // namespace haldane::cli

#endif
