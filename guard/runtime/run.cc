#include "guard/runtime/run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "guard/cgroup/hierarchy.h"
#include "guard/kernel/features.h"
#include "guard/launch/child.h"
#include "guard/policy/policy_yaml.h"
#include "guard/proxy/resolv_conf.h"
#include "guard/runtime/kernel_policy.h"
#include "guard/runtime/launcher.h"
#include "guard/runtime/run_uplink.h"
#include "guard/runtime/self_test.h"

namespace haldane::guard {
namespace {

void SayLines(absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    std::cerr << "haldane: " << line << std::endl;
  }
}

std::string HostName() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

absl::Status MakeOutFolder(const std::string& out) {
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot make the folder ", out, " for the record: ",
                                          error.message(), "\nhint: name another with --out"));
}

absl::Status LoadPolicyOf(Run* run) {
  if (run->options.run_id.empty()) run->options.run_id = NewRunId();
  run->started = absl::Now();
  run->info.run_id = run->options.run_id;
  run->info.host = HostName();
  run->info.deploy_id = run->options.deploy_id;
  run->info.step = run->options.step;
  ASSIGN_OR_RETURN(run->policy, LoadPolicy(run->options.policy_file));
  if (run->options.mode.has_value()) run->policy->set_mode(*run->options.mode);
  if (run->options.rollback) run->policy->set_mode(Mode::kObserve);
  const Settings& settings = run->policy->settings();
  run->info.policy = settings.name;
  run->info.method = std::string(MethodName(settings.default_verdict));
  run->info.mode = run->policy->mode();
  return absl::OkStatus();
}

absl::Status Prepare(Run* run) {
  const std::vector<FeatureTrial> trials = TryFeatures();
  const std::string missing = Missing(trials, run->policy->settings().required_features);
  if (!missing.empty()) return absl::FailedPreconditionError(missing);
  ASSIGN_OR_RETURN(const CgroupHierarchy hierarchy, FindCgroups());
  std::set<std::string> mounts = {hierarchy.unified};
  for (const auto& [controller, mount_point] : hierarchy.v1) mounts.insert(mount_point);
  run->cgroup_mounts.assign(mounts.begin(), mounts.end());
  for (const std::string& swept : SweepAbandonedRuns(hierarchy)) {
    std::cerr << "haldane: ended run " << swept << ", whose launcher was killed" << std::endl;
  }
  RETURN_IF_ERROR(MakeOutFolder(run->options.out));
  ASSIGN_OR_RETURN(run->upstream, UpstreamOf(run->policy->settings().dns, run->options.resolv_conf));
  ASSIGN_OR_RETURN(run->sockets, OpenProxySockets());
  ASSIGN_OR_RETURN(run->group, RunGroup::Create(hierarchy, run->info.run_id, run->policy->settings().limits));
  ASSIGN_OR_RETURN(run->programs, LoadRun(*run->policy, FeaturesOf(trials), *run->group,
                                          run->sockets.udp_port, run->sockets.tcp_port));
  const bool refuses_when_silent = run->policy->mode() == Mode::kEnforce &&
                                   run->policy->settings().failure.proxy_dead == WhenProxyDead::kClosed;
  return SelfTest(run->programs.get(), *run->group, run->sockets, refuses_when_silent);
}

// For policies that would rather deploy unwatched than not at all.
int RunUnguarded(const std::vector<std::string>& command) {
  std::cerr << "haldane: ******** THE SCRIPT RUNS WITHOUT A GUARD: nothing is judged or recorded "
               "(failure.setup_failed: observe) ********"
            << std::endl;
  const pid_t pid = fork();
  if (pid < 0) return kExitSetupFailed;
  if (pid == 0) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    std::cerr << "haldane: cannot run " << command[0] << ": " << strerror(errno) << std::endl;
    _exit(127);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return ExitCodeOfWait(status);
}

// What to exit with where the guard could not be set up.
int WithoutGuard(const Run& run, const absl::Status& prepared) {
  if (prepared.ok() || run.policy == nullptr) return kExitSetupFailed;
  if (run.policy->settings().failure.setup_failed != WhenSetupFails::kObserve) return kExitSetupFailed;
  const int unguarded = RunUnguarded(run.options.command);
  const bool wants_audit = run.policy->settings().gates.require_complete_audit;
  return unguarded == 0 && wants_audit ? kExitAuditIncomplete : unguarded;
}

absl::StatusOr<int> RunPrepared(Run* run) {
  sigset_t forwarded, before;
  sigemptyset(&forwarded);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) sigaddset(&forwarded, signal);
  if (const int error = pthread_sigmask(SIG_BLOCK, &forwarded, &before); error != 0) {
    return absl::ErrnoToStatus(error, "cannot block signals");
  }
  UniqueFd signals(signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK));
  absl::StatusOr<int> code = Launcher(run, std::move(signals), before).Execute();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

}  // namespace

int RunGuarded(RunOptions options) {
  Run run;
  run.options = std::move(options);
  absl::Status prepared = LoadPolicyOf(&run);
  if (prepared.ok()) prepared = Prepare(&run);
  if (!prepared.ok()) TellOfFailure(run, prepared.message());
  if (!run.options.controller.empty()) StartSending(&run);
  absl::StatusOr<int> code = prepared.ok() ? RunPrepared(&run) : absl::StatusOr<int>(prepared);
  if (run.group != nullptr) {
    const absl::Status removed = run.group->Remove();
    if (!removed.ok()) SayLines(removed.message());
  }
  if (!code.ok()) SayLines(code.status().message());
  if (prepared.ok() && !code.ok()) TellOfFailure(run, code.status().message());  // the command cannot be run
  const int exit = code.ok() ? *code : WithoutGuard(run, prepared);
  if (!run.options.controller.empty()) SayHowSendingWent(&run);
  return exit;
}

}  // namespace haldane::guard
