#include "guard/runtime/launcher.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "bpf/abi/guard_config.h"
#include "guard/cgroup/hierarchy.h"
#include "guard/launch/release.h"
#include "guard/runtime/kernel_policy.h"

namespace haldane::guard {
namespace {

constexpr absl::Duration kHeartbeatCheck = absl::Milliseconds(200);
constexpr absl::Duration kSilence = absl::Nanoseconds(HALDANE_GUARD_STALE_NS);
constexpr absl::Duration kGraceAfterWall = absl::Seconds(5);
constexpr absl::Duration kFinishPatience = absl::Seconds(20);
constexpr absl::Duration kStrayCheck = absl::Milliseconds(50);
constexpr uint32_t kMostRestarts = 20;

ChildPlan PlanOf(const Run& run, const sigset_t& signal_mask) {
  ChildPlan plan;
  plan.command = run.options.command;
  plan.environment = {absl::StrCat("HALDANE_RUN_ID=", run.info.run_id)};
  plan.cgroup_fd = run.group->fd();
  plan.signal_mask = signal_mask;
  for (const UniqueFd& procs : run.group->v1_procs()) plan.v1_procs.push_back(procs.get());
  // To observe is to change nothing: there what the policy denies is only seen.
  if (run.policy->mode() == Mode::kEnforce) {
    for (const WatchedSocket& watched : WatchedSockets(*run.policy)) {
      if (watched.handling == Handling::kDeny) plan.hidden_paths.push_back(watched.path);
    }
    plan.cgroup_mounts = run.cgroup_mounts;
  }
  return plan;
}

void WarnOfInherited(const Inherited& inherited) {
  for (const int fd : inherited.sockets) {
    std::cerr << "haldane: descriptor " << fd
              << " of the script is a socket from outside: what it reaches is not judged" << std::endl;
  }
  if (!inherited.closed.empty()) {
    std::cerr << "haldane: " << inherited.closed.size()
              << " open sockets were not passed on to the script: they would not have been judged"
              << std::endl;
  }
}

}  // namespace

Launcher::Launcher(Run* run, UniqueFd signals, const sigset_t& signal_mask)
    : run_(*run), signals_(std::move(signals)), signal_mask_(signal_mask) {}

absl::StatusOr<int> Launcher::Execute() {
  ASSIGN_OR_RETURN(script_, Child::Make(PlanOf(run_, signal_mask_)));
  WarnOfInherited(script_->inherited());
  loop_.emplace();
  RETURN_IF_ERROR(StartProxyNow());
  while (!proxy_ready_ && proxy_failure_.ok()) loop_->RunOnce(absl::Seconds(1));
  if (!proxy_failure_.ok()) {
    StopProxy();
    return proxy_failure_;
  }
  if (const absl::Status went = script_->Go(); !went.ok()) {
    StopProxy();
    return went;
  }

  loop_->Watch(script_->pidfd(), EPOLLIN, [this](uint32_t) { OnScriptDead(); });
  loop_->Watch(signals_.get(), EPOLLIN, [this](uint32_t) { OnSignal(); });
  loop_->After(kHeartbeatCheck, [this] { WatchHeartbeat(); });
  const std::optional<absl::Duration> wall = run_.policy->settings().limits.wall;
  if (wall.has_value()) loop_->After(*wall, [this] { OnWall(); });
  loop_->Run();
  return ExitCode();
}

absl::Status Launcher::StartProxyNow() {
  ASSIGN_OR_RETURN(proxy_, StartProxy(run_, script_->pid(), restarts_, {signals_.get(), script_->pidfd()}));
  loop_->Watch(proxy_.channel.get(), EPOLLIN, [this](uint32_t) { OnChannel(); });
  loop_->Watch(proxy_.pidfd.get(), EPOLLIN, [this](uint32_t) { OnProxyDead(); });
  return absl::OkStatus();
}

void Launcher::StopProxy() {
  if (proxy_.pid < 0) return;
  kill(proxy_.pid, SIGKILL);
  int status = 0;
  while (waitpid(proxy_.pid, &status, 0) < 0 && errno == EINTR) {
  }
  proxy_.pid = -1;
}

void Launcher::OnChannel() {
  FromProxy message;
  if (!ReceiveMessage(proxy_.channel.get(), &message)) {
    loop_->Unwatch(proxy_.channel.get());  // its end is told by its pidfd
    return;
  }
  switch (message.kind) {
    case FromProxy::kReady:
      proxy_ready_ = true;
      if (finishing_) Finish();
      return;
    case FromProxy::kFailed:
      proxy_failure_ = absl::FailedPreconditionError(message.message);
      return;
    case FromProxy::kStraysNoted:
      EndStrays();
      return;
    case FromProxy::kFinished:
      result_ = message;
      return Conclude();
  }
}

void Launcher::OnProxyDead() {
  StopProxy();
  loop_->Unwatch(proxy_.channel.get());
  loop_->Unwatch(proxy_.pidfd.get());
  if (!proxy_ready_) {
    // Before the script began this is a set-up that failed.
    if (proxy_failure_.ok())
      proxy_failure_ = absl::FailedPreconditionError("the DNS proxy died while it started");
    if (restarts_ == 0) return;
  }
  if (result_.has_value()) return;
  proxy_ready_ = false;
  if (++restarts_ <= kMostRestarts && StartProxyNow().ok()) return;
  // Lookups stay refused by the kernel; the script's end is awaited all the same.
  given_up_ = true;
  std::cerr << "haldane: the DNS proxy died " << restarts_ << " times; lookups are refused from now on"
            << std::endl;
  if (finishing_) Conclude();
}

void Launcher::WatchHeartbeat() {
  if (proxy_ready_ && !given_up_ && run_.programs->SinceBeat() > kSilence) {
    kill(proxy_.pid, SIGKILL);  // hung or stopped; its pidfd starts the next
  }
  loop_->After(kHeartbeatCheck, [this] { WatchHeartbeat(); });
}

void Launcher::OnScriptDead() {
  if (script_dead_) return;
  script_dead_ = true;
  loop_->Unwatch(script_->pidfd());
  const int status = script_->Wait();
  killed_ = WIFSIGNALED(status);
  ending_.exit_code = ExitCodeOfWait(status);
  finishing_ = true;
  if (run_.group->IsEmpty()) return Finish();
  if (run_.policy->settings().strays == Strays::kWait && !ending_.wall_hit) return EndStrays();
  NoteStrays();
}

void Launcher::NoteStrays() {
  ToProxy message;
  message.kind = ToProxy::kStrays;
  const std::vector<uint32_t> members = run_.group->Members();
  message.stray_count = static_cast<uint32_t>(std::min<size_t>(members.size(), ToProxy::kMostStrays));
  std::copy(members.begin(), members.begin() + message.stray_count, message.strays);
  if (!proxy_ready_ || !SendMessage(proxy_.channel.get(), message)) EndStrays();
}

void Launcher::EndStrays() {
  if (run_.group->IsEmpty()) return Finish();
  switch (run_.policy->settings().strays) {
    case Strays::kDetach:
      ReleaseProcesses(*run_.group);
      break;
    case Strays::kWait:
      if (!ending_.wall_hit) {
        loop_->After(kStrayCheck, [this] { EndStrays(); });
        return;
      }
      run_.group->Kill();
      break;
    case Strays::kKill:
      run_.group->Kill();
      break;
  }
  Finish();
}

void Launcher::Finish() {
  ending_.usage = run_.group->usage();
  ending_.restarts = restarts_;
  if (given_up_) return Conclude();
  ToProxy message;
  message.ending = ending_;
  // When it is just being started it will hear of it once it is ready.
  if (proxy_ready_) SendMessage(proxy_.channel.get(), message);
  loop_->After(kFinishPatience, [this] { Conclude(); });
}

void Launcher::Conclude() {
  if (!result_.has_value()) {
    std::cerr << "haldane: the summary could not be written" << std::endl;
  }
  // It has nothing left to do, or does not do it.
  StopProxy();
  loop_->Stop();
}

void Launcher::OnSignal() {
  signalfd_siginfo info;
  if (read(signals_.get(), &info, sizeof info) != sizeof info) return;
  // The terminal sends its signals to the script as well.
  if (info.ssi_code == SI_KERNEL || script_dead_) {
    if (script_dead_ && info.ssi_signo != SIGHUP) run_.group->Kill();  // whoever waits for strays
    return;
  }
  kill(script_->pid(), static_cast<int>(info.ssi_signo));
}

void Launcher::OnWall() {
  ending_.wall_hit = true;
  if (!script_dead_) kill(script_->pid(), SIGTERM);
  loop_->After(kGraceAfterWall, [this] { run_.group->Kill(); });
}

int Launcher::ExitCode() const {
  const Settings& settings = run_.policy->settings();
  const bool limit = ending_.wall_hit || ending_.usage.oom_kills > 0 || ending_.usage.forks_refused > 0;
  // A limit that killed the script leaves it no code of its own.
  if (limit && (ending_.exit_code == 0 || ending_.wall_hit || killed_)) return kExitLimit;
  if (ending_.exit_code != 0) return ending_.exit_code;
  const bool complete = result_.has_value() && result_->complete;
  if (settings.fail_on == FailOn::kBlocked && result_.has_value() && result_->violations > 0)
    return kExitViolation;
  if (!complete && settings.gates.require_complete_audit) return kExitAuditIncomplete;
  return 0;
}

}  // namespace haldane::guard
