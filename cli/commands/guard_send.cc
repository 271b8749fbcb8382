#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/commands/failure.h"
#include "cli/commands/guard_commands.h"
#include "guard/uplink/spool.h"
#include "haldane/v1/guard.pb.h"

namespace haldane::cli {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(100);
// Between tries while the controller is away.
constexpr absl::Duration kRetry = absl::Seconds(1);
// For so long after its end a run is followed.
constexpr absl::Duration kAfterEnd = absl::Seconds(30);

// Trying again will not help.
bool IsRefusal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status);
}

// Sends what waits in a spool.
class Sender {
 public:
  Sender(const std::string& out, Client* client) : spool_(out), client_(*client) {}

  // Every report once, the oldest first. The first failure that concerns all.
  absl::Status SendAll() {
    for (const std::string& run_id : spool_.Waiting()) {
      const absl::Status sent = Send(run_id);
      if (!sent.ok() && !IsRefusal(sent)) return sent;
    }
    return absl::OkStatus();
  }

  const guard::Spool& spool() const { return spool_; }
  // What was refused, by run.
  const std::map<std::string, absl::Status>& refused() const { return refused_; }

 private:
  absl::Status Send(const std::string& run_id) {
    // Asked before it is read: a report that is put in between is the last word.
    const bool alive = spool_.IsAlive(run_id);
    absl::StatusOr<haldane::v1::GuardRun> run = spool_.Read(run_id);
    if (!run.ok()) return absl::OkStatus();  // gone, or damaged: nothing that sending could change
    if (!alive && !guard::IsFinal(*run)) {
      run->set_state(haldane::v1::GUARD_RUN_STATE_LOST);
      run->mutable_counts()->set_audit_complete(false);
      run->set_revision(run->revision() + 1);
    }
    if (const auto known = sent_.find(run_id); known != sent_.end() && known->second >= run->revision()) {
      return absl::OkStatus();
    }
    haldane::v1::ReportGuardRunRequest request;
    *request.mutable_run() = *run;
    haldane::v1::ReportGuardRunResponse response;
    const absl::Status status = client_.Unary("/haldane.v1.Guard/Report", request, &response);
    if (IsRefusal(status)) {
      refused_[run_id] = status;
      spool_.Refuse(run_id, status.message());
    }
    if (!status.ok()) return status;
    sent_[run_id] = run->revision();
    if (guard::IsFinal(*run)) spool_.Remove(run_id);
    return absl::OkStatus();
  }

  const guard::Spool spool_;
  Client& client_;
  std::map<std::string, uint64_t> sent_;  // revisions
  std::map<std::string, absl::Status> refused_;
};

// Until the run's last report is sent, or nobody is there to take it.
int Follow(const std::string& run_id, Sender* sender) {
  absl::Time until = absl::InfiniteFuture();
  for (;;) {
    const bool alive = sender->spool().IsAlive(run_id);
    if (!alive && until == absl::InfiniteFuture()) until = absl::Now() + kAfterEnd;
    const absl::Status sent = sender->SendAll();
    if (!alive && !sender->spool().Read(run_id).ok()) return kExitDone;
    if (absl::Now() >= until) return kExitError;
    absl::SleepFor(sent.ok() ? kLook : kRetry);
  }
}

}  // namespace

int RunGuardSend(const GuardSendOptions& options, const Server& server, const Console& console) {
  const auto client = Client::Create(server);
  if (!client.ok()) return Fail(console, kExitUsage, client.status());
  Sender sender(options.out, client->get());
  if (!options.follow.empty()) return Follow(options.follow, &sender);
  const size_t waiting = sender.spool().Waiting().size();
  const absl::Status sent = sender.SendAll();
  for (const auto& [run_id, why] : sender.refused()) {
    Fail(console, kExitError, absl::Status(why.code(), absl::StrCat("run ", run_id, ": ", why.message())));
    sender.spool().TakeRefusal(run_id);
  }
  if (!sent.ok()) return FailCall(console, sent);
  console.err << "reported " << waiting - sender.refused().size() << " of " << waiting << " runs"
              << std::endl;
  return sender.refused().empty() ? kExitDone : kExitError;
}

}  // namespace haldane::cli
