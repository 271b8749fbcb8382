#include "controller/rollout/rollout.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "controller/evidence/evidence.h"
#include "controller/rollout/host_views.h"
#include "controller/rollout/override_effects.h"
#include "controller/verdict/judge.h"
#include "google/protobuf/util/time_util.h"
#include "plan/validate.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::RolloutEvent;
using haldane::v1::RolloutState;
using haldane::v1::Verdict;

absl::StatusOr<RolloutEvent> ParseEvent(absl::string_view bytes) {
  RolloutEvent event;
  if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("an event of the log does not parse");
  }
  return event;
}

bool IsOverride(const RolloutEvent& event) { return event.has_overridden() || event.has_override_revoked(); }

absl::Time TimeOf(const RolloutEvent& event) {
  return absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(event.time()));
}

}  // namespace

std::string ChainDigest(absl::string_view previous, absl::string_view event_bytes) {
  return Sha256(absl::StrCat(previous, event_bytes));
}

bool IsTerminal(RolloutState state) {
  switch (state) {
    case haldane::v1::ROLLOUT_STATE_PROCEED:
    case haldane::v1::ROLLOUT_STATE_HALTED:
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
    case haldane::v1::ROLLOUT_STATE_ABORTED:
    case haldane::v1::ROLLOUT_STATE_OVERRIDDEN:
      return true;
    default:
      return false;
  }
}

struct Rollout::State {
  State(const haldane::v1::Created& created, absl::Time opened_at)
      : plan(created.plan()), evidence(created), opened_at(opened_at), last_event_at(opened_at) {}

  // Judges what has not been judged yet: folding a long log judges once.
  const Verdict& Current() {
    if (!verdict) {
      verdict = DecideWithOverrides(plan, evidence, controller::Judge(plan, evidence), opened_at,
                                    guard.Assess(plan.guard()), overrides, last_event_at);
      verdict->set_input_digest(absl::BytesToHexString(digest));
    }
    return *verdict;
  }

  // A person takes the word. What the judge said last is kept; a verdict that
  // it had not given yet stays ungiven.
  void EndByOverride(absl::Time time) {
    if (ended) return;
    if (IsTerminal(Current().state())) verdict->set_state(haldane::v1::ROLLOUT_STATE_OBSERVING);
    ended = true;
    ended_at = time;
  }

  bool IsLastStage() const { return evidence.stage() + 1 >= plan.stages_size(); }
  std::string StageName() const { return plan.stages().empty() ? "" : plan.stages(evidence.stage()).name(); }

  const haldane::v1::Plan plan;
  Evidence evidence;
  const absl::Time opened_at;
  absl::Time ended_at;  // once ended
  absl::Time last_event_at;
  std::string digest;
  std::optional<Verdict> verdict;  // nothing while later events await judgement
  bool ended = false;
  OverrideLedger overrides;
  GuardLedger guard;
  uint64_t revision = 1;
};

Rollout::Rollout(std::unique_ptr<State> state) : state_(std::move(state)) {}
Rollout::~Rollout() = default;

absl::StatusOr<std::unique_ptr<Rollout>> Rollout::Open(absl::string_view created_bytes) {
  ASSIGN_OR_RETURN(const RolloutEvent event, ParseEvent(created_bytes));
  if (!event.has_created()) {
    return absl::FailedPreconditionError("the log of a rollout must begin with its creation");
  }
  RETURN_IF_ERROR(Annotate(plan::ValidatePlan(event.created().plan()), "the plan in the log"));
  auto state = std::make_unique<State>(event.created(), TimeOf(event));
  state->digest = ChainDigest("", created_bytes);
  return std::unique_ptr<Rollout>(new Rollout(std::move(state)));
}

absl::Status Rollout::Apply(absl::string_view event_bytes) {
  ASSIGN_OR_RETURN(const RolloutEvent event, ParseEvent(event_bytes));
  const absl::Time time = TimeOf(event);
  if (state_->ended && !IsOverride(event)) {
    return absl::FailedPreconditionError(absl::StrCat("rollout ", name(), " has ended"));
  }
  if (time < state_->last_event_at) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log of rollout ", name(), " runs backwards in time"));
  }
  switch (event.kind_case()) {
    case RolloutEvent::kTick:
      state_->evidence.Observe(event.tick(), time);
      break;
    case RolloutEvent::kStagePassed:
      if (event.stage_passed().stage() != state_->StageName() || state_->IsLastStage()) {
        return absl::FailedPreconditionError(
            absl::StrCat("the log of rollout ", name(), " passes a stage that is not the one being judged"));
      }
      state_->evidence.PassStage();
      break;
    case RolloutEvent::kGuardRunNoted:
      state_->guard.Apply(event.guard_run_noted().run());
      break;
    case RolloutEvent::kVerdictReached:
    case RolloutEvent::kAborted:
      state_->ended = true;
      state_->ended_at = time;
      break;
    case RolloutEvent::kOverridden:
      if (event.overridden().id() != state_->overrides.next_id()) {
        return absl::FailedPreconditionError(
            absl::StrCat("the log of rollout ", name(), " has an override out of order"));
      }
      if (IsDecision(event.overridden().kind())) state_->EndByOverride(time);
      RETURN_IF_ERROR(state_->overrides.Apply(event.overridden()));
      break;
    case RolloutEvent::kOverrideRevoked:
      RETURN_IF_ERROR(state_->overrides.Apply(event.override_revoked()));
      break;
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("the log of rollout ", name(), " has an event of unknown kind, or a second creation"));
  }

  state_->last_event_at = time;
  state_->digest = ChainDigest(state_->digest, event_bytes);
  if (!event.has_tick()) ++state_->revision;
  if (state_->ended && IsOverride(event)) return absl::OkStatus();  // the judge's word stays what it was
  if (event.has_verdict_reached()) {
    state_->verdict = event.verdict_reached().verdict();
    return absl::OkStatus();
  }
  state_->verdict.reset();
  if (event.has_aborted()) {
    Verdict verdict = state_->Current();
    verdict.set_state(haldane::v1::ROLLOUT_STATE_ABORTED);
    verdict.set_sentence(absl::StrCat("Aborted: ", event.aborted().reason()));
    state_->verdict = std::move(verdict);
  }
  return absl::OkStatus();
}

Verdict Rollout::Judge() const { return state_->Current(); }

haldane::v1::Rollout Rollout::View(absl::Time now) const {
  haldane::v1::Rollout view = JudgedView(now);
  state_->overrides.Show(now, &view);
  return view;
}

haldane::v1::Rollout Rollout::JudgedView(absl::Time now) const {
  haldane::v1::Rollout view;
  view.set_name(name());
  *view.mutable_plan() = state_->plan;
  *view.mutable_created_at() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(state_->opened_at));
  if (state_->ended) {
    *view.mutable_ended_at() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(state_->ended_at));
  }
  view.set_revision(state_->revision);
  *view.mutable_verdict() = state_->Current();
  AddHostViews(state_->plan, state_->evidence, now, &view);
  if (state_->plan.has_guard()) state_->guard.Show(state_->plan.guard(), &view);
  return view;
}

const std::string& Rollout::name() const { return state_->plan.rollout(); }
const haldane::v1::Plan& Rollout::plan() const { return state_->plan; }
absl::Time Rollout::created_at() const { return state_->opened_at; }
absl::Time Rollout::last_event_at() const { return state_->last_event_at; }
bool Rollout::ended() const { return state_->ended; }
const OverrideLedger& Rollout::overrides() const { return state_->overrides; }
const GuardLedger& Rollout::guard() const { return state_->guard; }
const std::string& Rollout::digest() const { return state_->digest; }

}  // namespace haldane::controller
