#include "controller/rollout_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {
namespace {

// The rest comes with the next ticks.
constexpr size_t kMostGuardRunsPerTick = 100;

google::protobuf::Timestamp Timestamp(absl::Time time) {
  return google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
}

absl::StatusOr<int64_t> TimedAppend(const RolloutRunner::Context& context, const NewEvent& event) {
  const absl::Duration start = context.clock.Monotonic();
  absl::StatusOr<int64_t> position = context.store.Append(event);
  context.metrics.store_append_seconds.Observe(absl::ToDoubleSeconds(context.clock.Monotonic() - start));
  if (!position.ok()) context.metrics.store_failures.Increment();
  return position;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RolloutRunner>> RolloutRunner::Create(const Context& context,
                                                                     v1::Created created) {
  const std::string name = created.plan().rollout();
  std::unique_ptr<RolloutRunner> runner(new RolloutRunner(context, name));
  const absl::Time now = context.clock.Now();
  v1::RolloutEvent event;
  *event.mutable_time() = Timestamp(now);
  *event.mutable_created() = std::move(created);
  const std::string payload = event.SerializeAsString();
  // Opened before it is logged: what cannot be opened must not be in the log.
  ASSIGN_OR_RETURN(runner->rollout_, Rollout::Open(payload));
  RETURN_IF_ERROR(TimedAppend(context, {name, now, "created", payload, Durability::kFull}).status());
  return runner;
}

absl::StatusOr<std::unique_ptr<RolloutRunner>> RolloutRunner::Load(const Context& context,
                                                                   const std::string& name) {
  std::unique_ptr<RolloutRunner> runner(new RolloutRunner(context, name));
  if (const absl::StatusOr<bool> ending = runner->LoadEnding(); ending.ok() && *ending) return runner;
  absl::Status status =
      context.store.Load(name, [&](absl::string_view payload) { return runner->ApplyStored(payload); });
  if (absl::IsUnavailable(status)) return status;
  if (status.ok() && runner->rollout_ == nullptr) status = absl::DataLossError("the log is empty");
  if (status.ok() && runner->rollout_->name() != name) {
    status = absl::DataLossError(absl::StrCat("the log is that of rollout ", runner->rollout_->name()));
  }
  if (status.ok()) {
    runner->Settle();
  } else {
    runner->BecomeUnreadable(status);
  }
  return runner;
}

absl::Status RolloutRunner::ApplyStored(absl::string_view payload) {
  if (rollout_ != nullptr) return rollout_->Apply(payload);
  ASSIGN_OR_RETURN(rollout_, Rollout::Open(payload));
  return absl::OkStatus();
}

absl::Status RolloutRunner::Tick(const Fleet& fleet, const GuardBook& guard_book) {
  if (absl::Status noted = RecordGuardRuns(guard_book); !noted.ok()) {
    if (!unreadable()) SetImpediment(noted);
    return noted;
  }
  FleetChanges changes = fleet.TickFor(plan().service(), cursor_, context_.clock.Monotonic());
  v1::RolloutEvent event;
  *event.mutable_tick() = std::move(changes.tick);
  absl::Status status = Record(std::move(event), "tick", Durability::kNormal);
  if (status.ok()) {
    cursor_ = changes.cursor;
    const v1::Verdict verdict = rollout_->Judge();
    if (IsTerminal(verdict.state())) {
      status = RecordVerdict();
    } else if (verdict.stage_clear()) {
      status = RecordStage(verdict);
    }
  }
  if (!unreadable()) SetImpediment(status);
  return status;
}

absl::Status RolloutRunner::RecordGuardRuns(const GuardBook& guard_book) {
  if (!plan().has_guard()) return absl::OkStatus();
  uint64_t cursor = guard_cursor_;
  const std::string deploy_id = plan().guard().deploy_id(), service = plan().service();
  for (v1::GuardRun& run : guard_book.ReportedAfter(&cursor, deploy_id, service, kMostGuardRunsPerTick)) {
    v1::RolloutEvent event;
    *event.mutable_guard_run_noted()->mutable_run() = GuardLedger::Head(std::move(run));
    // Also after a restart, when all runs are new to this runner.
    if (!rollout_->guard().Changes(event.guard_run_noted().run())) continue;
    RETURN_IF_ERROR(Record(std::move(event), "guard_run_noted", Durability::kNormal));
  }
  guard_cursor_ = cursor;
  return absl::OkStatus();
}

absl::Status RolloutRunner::RecordVerdict() {
  v1::RolloutEvent event;
  *event.mutable_verdict_reached()->mutable_verdict() = rollout_->Judge();
  return Record(std::move(event), "verdict_reached", Durability::kFull);
}

absl::Status RolloutRunner::RecordStage(const v1::Verdict& verdict) {
  v1::RolloutEvent event;
  event.mutable_stage_passed()->set_stage(verdict.stage());
  *event.mutable_stage_passed()->mutable_verdict() = verdict;
  return Record(std::move(event), "stage_passed", Durability::kFull);
}

absl::Status RolloutRunner::Abort(absl::string_view reason) {
  v1::RolloutEvent event;
  event.mutable_aborted()->set_reason(std::string(reason));
  return Record(std::move(event), "aborted", Durability::kFull);
}

absl::Status RolloutRunner::Record(v1::RolloutEvent event, absl::string_view kind, Durability durability) {
  // The wall clock may step back; the log never does.
  const absl::Time time = std::max(context_.clock.Now(), rollout_->last_event_at());
  *event.mutable_time() = Timestamp(time);
  const std::string payload = event.SerializeAsString();
  RETURN_IF_ERROR(TimedAppend(context_, {name_, time, kind, payload, durability}).status());
  if (absl::Status status = rollout_->Apply(payload); !status.ok()) {
    BecomeUnreadable(status);
    return status;
  }
  ++version_;
  Settle();
  return absl::OkStatus();
}

void RolloutRunner::SetImpediment(const absl::Status& status) {
  std::string text =
      status.ok() ? ""
                  : absl::StrCat("nothing is judged while the log cannot be written: ", status.message());
  if (text == impediment_) return;
  impediment_ = std::move(text);
  ++version_;
  if (status.ok()) {
    LogInfo("rollout is judged again", {{"rollout", name_}});
  } else {
    LogError("rollout is not judged", {{"rollout", name_}, {"why", status.message()}});
  }
}

// An ended rollout is kept as it is shown, without what it was computed from.
void RolloutRunner::Settle() {
  if (!rollout_->ended()) return;
  last_view_ = rollout_->JudgedView(rollout_->last_event_at());
  overrides_ = rollout_->overrides();
  last_event_at_ = rollout_->last_event_at();
  ended_ = true;
  impediment_.clear();
  rollout_.reset();
  KeepEnding();
}

void RolloutRunner::BecomeUnreadable(const absl::Status& why) {
  impediment_ = absl::StrCat("its log cannot be read back, so it is not judged: ", why.message());
  ++version_;
  last_view_.set_name(name_);
  if (rollout_ != nullptr) {
    *last_view_.mutable_plan() = rollout_->plan();
    *last_view_.mutable_created_at() = Timestamp(rollout_->created_at());
  }
  last_view_.mutable_verdict()->set_sentence(absl::StrCat("No verdict: ", impediment_));
  rollout_.reset();
  LogError("rollout cannot be read back", {{"rollout", name_}, {"why", why.message()}});
}

const v1::Plan& RolloutRunner::plan() const { return active() ? rollout_->plan() : last_view_.plan(); }

v1::RolloutState RolloutRunner::state() const {
  if (!active()) {
    const v1::RolloutState judged = last_view_.verdict().state();
    if (!ended_) return judged;
    if (overrides_.Decision(context_.clock.Now()) != nullptr) return v1::ROLLOUT_STATE_OVERRIDDEN;
    return IsTerminal(judged) ? judged : v1::ROLLOUT_STATE_UNDECIDED;
  }
  const v1::RolloutState judged = rollout_->Judge().state();
  return IsTerminal(judged) ? v1::ROLLOUT_STATE_OBSERVING : judged;
}

v1::Rollout RolloutRunner::View() const {
  v1::Rollout view = active() ? rollout_->View(context_.clock.Now()) : last_view_;
  if (ended_) overrides_.Show(context_.clock.Now(), &view);
  view.set_impediment(impediment_);
  if (active() && IsTerminal(view.verdict().state())) {
    view.mutable_verdict()->set_state(state());
    view.mutable_verdict()->set_sentence(
        "The evidence suffices for a verdict, which is given once it is logged.");
  }
  return view;
}

}  // namespace haldane::controller
