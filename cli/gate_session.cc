#include "cli/gate_session.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "cli/gate_events.h"
#include "cli/render/numbers.h"
#include "cli/render/words.h"
#include "controller/rollout/rollout.h"
#include "plan/defaults.h"

namespace haldane::cli {
namespace {

// How often the limits are looked at while nothing arrives.
constexpr absl::Duration kTick = absl::Milliseconds(100);

// Opens or finds the rollout and follows it, on a thread of its own, until the
// connection breaks. Destruction ends the attempt.
class Attempt {
 public:
  Attempt(Client& client, const GateTarget& target, bool open, GateEvents& events)
      : thread_([this, &client, &target, open, &events] { events.Push(Run(client, target, open, events)); }) {
  }
  ~Attempt() {
    canceller_.Cancel();
    thread_.join();
  }

 private:
  absl::Status Run(Client& client, const GateTarget& target, bool open, GateEvents& events) {
    if (open) {
      absl::StatusOr<haldane::v1::Rollout> rollout = client.CreateRollout(*target.plan, &canceller_);
      if (!rollout.ok()) return rollout.status();
      events.Push(*std::move(rollout));
    }
    return client.Wait(
        target.rollout, [&events](haldane::v1::Rollout rollout) { events.Push(std::move(rollout)); },
        &canceller_);
  }

  Canceller canceller_;
  std::thread thread_;
};

// True for failures that pass when a controller comes back.
bool MayPass(const absl::Status& end) {
  switch (end.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    // What gRPC makes of a connection that breaks at a bad moment.
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

class Session {
 public:
  Session(Client& client, const GateTarget& target, const GateLimits& limits, int interrupt_fd,
          Progress& progress)
      : client_(client), target_(target), limits_(limits), progress_(progress), events_(interrupt_fd) {}

  GateOutcome Follow() {
    const absl::Duration began = Now();
    last_heard_ = Now();
    Connect();
    for (;;) {
      if (std::optional<GateEvent> event = events_.Next(kTick)) {
        if (std::optional<GateOutcome> outcome = Handle(*std::move(event))) return *std::move(outcome);
      }
      const absl::Duration now = Now();
      const absl::Duration deadline = began + limits_.timeout + Patience();
      const absl::Duration silence = now - last_heard_;
      const bool disconnected = attempt_ == nullptr;
      if (silence >= limits_.unreachable_after || (disconnected && now >= deadline)) return GiveUp();
      if (now >= deadline) return End(GateOutcome::Kind::kTimeout);
      if (disconnected && now >= retry_at_) Connect();
      if (!disconnected && now - std::max(last_heard_, attempt_began_) >= limits_.silent_after) {
        failure_ = absl::UnavailableError(absl::StrCat("the controller at ", client_.address(),
                                                       " has said nothing for ",
                                                       ShortTime(limits_.silent_after), "; look at its log"));
        return GiveUp();
      }
    }
  }

 private:
  // Who holds the rollout does not want it to go on.
  bool StageIsPassed() const {
    const auto& passed = rollout_->verdict().stages_passed();
    return !target_.stage.empty() && !rollout_->held() &&
           std::find(passed.begin(), passed.end(), target_.stage) != passed.end();
  }
  // By how much a person's override makes the wait longer.
  absl::Duration Patience() const {
    if (!limits_.wait_for_people || !rollout_) return absl::ZeroDuration();
    if (rollout_->held()) return absl::Hours(24 * 365);
    return plan::FromProto(rollout_->extended_by());
  }
  static absl::Duration Now() { return Clock::Real().Monotonic(); }

  void Connect() {
    attempt_began_ = Now();
    attempt_ = std::make_unique<Attempt>(client_, target_, target_.plan != nullptr && !rollout_.has_value(),
                                         events_);
  }

  std::optional<GateOutcome> Handle(GateEvent event) {
    if (std::holds_alternative<Interrupt>(event)) return End(GateOutcome::Kind::kInterrupted);
    if (const absl::Status* end = std::get_if<absl::Status>(&event)) return AttemptEnded(*end);
    rollout_ = std::get<haldane::v1::Rollout>(std::move(event));
    last_heard_ = Now();
    progress_.Show(*rollout_, last_heard_);
    if (controller::IsTerminal(rollout_->verdict().state())) return End(GateOutcome::Kind::kVerdict);
    if (StageIsPassed()) return End(GateOutcome::Kind::kStagePassed);
    return std::nullopt;
  }

  std::optional<GateOutcome> AttemptEnded(const absl::Status& end) {
    attempt_.reset();
    failure_ = end;
    if (!MayPass(end)) return End(GateOutcome::Kind::kError);
    retry_at_ = Now() + limits_.retry_every;
    const std::string why = end.ok() ? "the controller closed the connection" : std::string(end.message());
    progress_.Say(absl::StrCat("waiting for the controller, ", ShortTime(limits_.unreachable_after),
                               " at most: ", why));
    return std::nullopt;
  }

  // The failures that only look like a restart are errors of the server.
  GateOutcome GiveUp() {
    const bool broken = absl::IsInternal(failure_) || absl::IsUnknown(failure_);
    if (failure_.ok())
      failure_ = absl::UnavailableError("the controller keeps closing the connection; look at its log");
    return End(broken ? GateOutcome::Kind::kError : GateOutcome::Kind::kUnreachable);
  }

  GateOutcome End(GateOutcome::Kind kind) {
    progress_.Clear();
    return {.kind = kind, .failure = failure_, .rollout = std::move(rollout_)};
  }

  Client& client_;
  const GateTarget& target_;
  const GateLimits limits_;
  Progress& progress_;
  GateEvents events_;
  std::optional<haldane::v1::Rollout> rollout_;
  absl::Status failure_;
  absl::Duration last_heard_;
  absl::Duration attempt_began_;
  absl::Duration retry_at_;
  // After what its thread uses.
  std::unique_ptr<Attempt> attempt_;
};

}  // namespace

GateOutcome FollowRollout(Client& client, const GateTarget& target, const GateLimits& limits,
                          int interrupt_fd, Progress& progress) {
  return Session(client, target, limits, interrupt_fd, progress).Follow();
}

}  // namespace haldane::cli
