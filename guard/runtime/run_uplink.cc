#include "guard/runtime/run_uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace haldane::guard {
namespace {

constexpr absl::Duration kBetweenReports = absl::Seconds(1);
// Lookups wait while a report is made: it may take up to this part of the time.
constexpr int kShareOfTime = 100;
constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr absl::Duration kLook = absl::Milliseconds(20);

RunOrigin OriginOf(const Run& run) { return {run.options.service, run.options.rollback}; }

// Grows also from one process of the run to the next.
uint64_t NextRevision(uint64_t last) {
  return std::max(last + 1, static_cast<uint64_t>(absl::ToUnixMillis(absl::Now())));
}

void SayUnspooled(const absl::Status& failure) {
  std::cerr << "haldane: the controller will not hear of this run: " << failure.message() << std::endl;
}

// In the process that becomes the sender: of ours it keeps nothing.
[[noreturn]] void BecomeSender(const std::vector<std::string>& command) {
  setsid();
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv("/proc/self/exe", arguments.data());
  _exit(127);
}

absl::Status StartSender(const std::vector<std::string>& command) {
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot start the process that tells the controller");
  if (pid == 0) {
    if (fork() == 0) BecomeSender(command);
    _exit(0);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return absl::OkStatus();
}

}  // namespace

RunUplink::RunUplink(const Run& run, uint32_t restarts)
    : run_(run), spool_(run.options.out), lines_(run.info.method, [this](const std::string& line) {
        AddEventLine(absl::Now(), line, &so_far_);
      }) {
  if (restarts == 0) return;
  if (absl::StatusOr<haldane::v1::GuardRun> before = spool_.Read(run.info.run_id); before.ok()) {
    revision_ = before->revision();
    so_far_.mutable_events()->Swap(before->mutable_events());
  }
}

void RunUplink::Take(const Event& event) {
  news_ = true;
  lines_.Take(event);
}

bool RunUplink::IsDue() const { return news_ && absl::Now() >= next_; }

void RunUplink::Tell(const Summary& summary, haldane::v1::GuardRunState state) {
  const absl::Time begun = absl::Now();
  haldane::v1::GuardRun message = RunMessage(summary, OriginOf(run_), state);
  *message.mutable_events() = so_far_.events();
  message.set_not_listed(message.not_listed() + so_far_.not_listed());
  revision_ = NextRevision(revision_);
  message.set_revision(revision_);
  const absl::Status put = spool_.Put(message);
  news_ = !put.ok();
  if (!put.ok() && IsFinal(message)) SayUnspooled(put);
  const absl::Time now = absl::Now();
  next_ = now + std::max(kBetweenReports, kShareOfTime * (now - begun));
}

void TellOfFailure(const Run& run, absl::string_view failure) {
  if (run.options.controller.empty()) return;
  haldane::v1::GuardRun message = FailedRunMessage(run.info, OriginOf(run), run.started, failure);
  message.set_revision(NextRevision(0));
  if (const absl::Status put = Spool(run.options.out).Put(message); !put.ok()) SayUnspooled(put);
}

void StartSending(Run* run) {
  absl::StatusOr<UniqueFd> alive = Spool(run->options.out).HoldAlive(run->info.run_id);
  if (alive.ok()) run->alive = *std::move(alive);
  std::vector<std::string> command = run->options.send_command;
  command.insert(command.end(), {"--follow", run->info.run_id});
  absl::Status started = alive.ok() ? StartSender(command) : alive.status();
  if (!started.ok()) std::cerr << "haldane: " << started.message() << std::endl;
}

void SayHowSendingWent(Run* run) {
  const Spool spool(run->options.out);
  const std::string& run_id = run->info.run_id;
  run->alive.reset();
  const absl::Time until = absl::Now() + kPatience;
  while (spool.Read(run_id).ok() && absl::Now() < until) absl::SleepFor(kLook);
  if (const std::string refusal = spool.TakeRefusal(run_id); !refusal.empty()) {
    std::cerr << "haldane: the controller at " << run->options.controller
              << " refuses to be told of this run: " << refusal << std::endl;
  } else if (spool.Read(run_id).ok()) {
    std::cerr << "haldane: the controller at " << run->options.controller << " has not answered; run "
              << run_id
              << " is reported when it does, by the next guarded run with a controller, or by haldane guard "
                 "send --out "
              << run->options.out << std::endl;
  } else if (!run->options.quiet) {
    std::cerr << "haldane: run " << run_id << " is reported to the controller at " << run->options.controller
              << std::endl;
  }
}

}  // namespace haldane::guard
