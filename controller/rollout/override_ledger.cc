#include "controller/rollout/override_ledger.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "controller/rollout/rollout.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;
using haldane::v1::Override;
using haldane::v1::OverrideStatus;

constexpr absl::Duration kMostExtension = absl::Hours(24);

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixNanos(TimeUtil::TimestampToNanoseconds(time));
}

std::string Clock(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", ToTime(time), absl::UTCTimeZone());
}

// True where `later` takes the place of `earlier` for good.
bool Supersedes(const Override& later, const Override& earlier) {
  if (earlier.kind() == haldane::v1::OVERRIDE_KIND_HOLD) {
    return later.kind() == haldane::v1::OVERRIDE_KIND_RESUME || IsDecision(later.kind());
  }
  return IsDecision(earlier.kind()) && IsDecision(later.kind());
}

absl::Status CheckMute(const Override& override, const haldane::v1::Plan& plan, std::set<std::string> muted) {
  bool planned = false, others = false;
  for (const haldane::v1::SignalPlan& signal : plan.signals()) {
    if (signal.action() == haldane::v1::ACTION_OBSERVE) continue;
    planned |= signal.name() == override.signal();
    others |= signal.name() != override.signal() && !muted.contains(signal.name());
  }
  if (!planned) {
    return absl::InvalidArgumentError(absl::StrCat(
        "signal ", override.signal(), " decides nothing in this rollout's plan; mute one that does"));
  }
  if (muted.contains(override.signal())) {
    return absl::FailedPreconditionError(absl::StrCat("signal ", override.signal(), " is muted already"));
  }
  if (!others) {
    return absl::FailedPreconditionError(absl::StrCat(
        "signal ", override.signal(),
        " is the last that decides; muting it would leave nothing to judge: override the rollout "
        "with proceed or rollback instead"));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsDecision(haldane::v1::OverrideKind kind) {
  return kind == haldane::v1::OVERRIDE_KIND_PROCEED || kind == haldane::v1::OVERRIDE_KIND_ROLLBACK;
}

std::string OverrideWord(haldane::v1::OverrideKind kind) {
  const std::string name = haldane::v1::OverrideKind_Name(kind);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "OVERRIDE_KIND_"));
}

const Override* OverrideLedger::Find(uint64_t id) const {
  return id >= 1 && id <= overrides_.size() ? &overrides_[id - 1] : nullptr;
}

const Override* OverrideLedger::FindByKey(const std::string& idempotency_key) const {
  if (idempotency_key.empty()) return nullptr;
  for (const Override& override : overrides_) {
    if (override.idempotency_key() == idempotency_key) return &override;
  }
  return nullptr;
}

std::vector<Override> OverrideLedger::All(absl::Time now) const {
  std::vector<Override> all = overrides_;
  for (Override& override : all) override.set_status(StatusOf(override, now));
  return all;
}

OverrideStatus OverrideLedger::StatusOf(const Override& override, absl::Time now) const {
  if (override.kind() == haldane::v1::OVERRIDE_KIND_RESUME) return haldane::v1::OVERRIDE_STATUS_DONE;
  if (override.has_revocation()) return haldane::v1::OVERRIDE_STATUS_REVOKED;
  for (size_t later = override.id(); later < overrides_.size(); ++later) {
    if (Supersedes(overrides_[later], override)) return haldane::v1::OVERRIDE_STATUS_SUPERSEDED;
  }
  if (override.has_expires_at() && ToTime(override.expires_at()) <= now) {
    return haldane::v1::OVERRIDE_STATUS_EXPIRED;
  }
  return haldane::v1::OVERRIDE_STATUS_IN_EFFECT;
}

bool OverrideLedger::InEffect(const Override& override, absl::Time now) const {
  return StatusOf(override, now) == haldane::v1::OVERRIDE_STATUS_IN_EFFECT;
}

absl::Status OverrideLedger::MayApply(const Override& override, const haldane::v1::Plan& plan, bool ended,
                                      absl::Time now) const {
  if (IsDecision(override.kind())) return absl::OkStatus();
  if (ended) {
    return absl::FailedPreconditionError(absl::StrCat("the rollout has ended, so ",
                                                      OverrideWord(override.kind()),
                                                      " can have no effect; proceed and rollback can"));
  }
  switch (override.kind()) {
    case haldane::v1::OVERRIDE_KIND_HOLD:
      return absl::OkStatus();
    case haldane::v1::OVERRIDE_KIND_RESUME:
      if (Hold(now) != nullptr) return absl::OkStatus();
      return absl::FailedPreconditionError("nothing holds the rollout, so there is nothing to resume");
    case haldane::v1::OVERRIDE_KIND_EXTEND:
      if (Extension(now) + plan::FromProto(override.extend_by()) <= kMostExtension) return absl::OkStatus();
      return absl::InvalidArgumentError("extend_by: a rollout can be extended by 24h in all, no more");
    case haldane::v1::OVERRIDE_KIND_MUTE:
      return CheckMute(override, plan, Muted(now));
    default:
      return absl::InvalidArgumentError("kind is missing: proceed, rollback, hold, resume, extend or mute");
  }
}

absl::Status OverrideLedger::MayRevoke(uint64_t id, absl::Time now) const {
  const Override* override = Find(id);
  if (override == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no override ", id, " of this rollout"));
  }
  if (InEffect(*override, now)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("override ", id, " (", OverrideWord(override->kind()),
                   ") has no effect any more, so there is nothing to revoke"));
}

absl::Status OverrideLedger::Apply(const Override& override) {
  if (override.id() != next_id()) {
    return absl::FailedPreconditionError(
        absl::StrCat("override ", override.id(), " follows number ", overrides_.size(), " in the log"));
  }
  overrides_.push_back(override);
  overrides_.back().clear_status();
  overrides_.back().clear_revocation();
  return absl::OkStatus();
}

absl::Status OverrideLedger::Apply(const haldane::v1::Revocation& revocation) {
  if (Find(revocation.id()) == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log revokes override ", revocation.id(), ", which it does not have"));
  }
  *overrides_[revocation.id() - 1].mutable_revocation() = revocation;
  return absl::OkStatus();
}

const Override* OverrideLedger::Decision(absl::Time now) const {
  for (const Override& override : overrides_) {
    if (IsDecision(override.kind()) && InEffect(override, now)) return &override;
  }
  return nullptr;
}

const Override* OverrideLedger::Hold(absl::Time now) const {
  for (const Override& override : overrides_) {
    if (override.kind() == haldane::v1::OVERRIDE_KIND_HOLD && InEffect(override, now)) return &override;
  }
  return nullptr;
}

absl::Duration OverrideLedger::Extension(absl::Time now) const {
  absl::Duration sum;
  for (const Override& override : overrides_) {
    if (override.kind() != haldane::v1::OVERRIDE_KIND_EXTEND || !InEffect(override, now)) continue;
    sum += plan::FromProto(override.extend_by());
  }
  return sum;
}

std::set<std::string> OverrideLedger::Muted(absl::Time now) const {
  std::set<std::string> muted;
  for (const Override& override : overrides_) {
    if (override.kind() == haldane::v1::OVERRIDE_KIND_MUTE && InEffect(override, now)) {
      muted.insert(override.signal());
    }
  }
  return muted;
}

void OverrideLedger::Show(absl::Time now, haldane::v1::Rollout* view) const {
  for (Override& override : All(now)) *view->add_overrides() = std::move(override);
  haldane::v1::Verdict& verdict = *view->mutable_verdict();
  view->set_judged_state(verdict.state());
  view->set_decision(verdict.state());
  if (const Override* decision = Decision(now)) {
    const bool proceed = decision->kind() == haldane::v1::OVERRIDE_KIND_PROCEED;
    view->set_decision(proceed ? haldane::v1::ROLLOUT_STATE_PROCEED : haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
    verdict.set_sentence(absl::StrCat("Overridden: ", proceed ? "proceed" : "roll back", " by decision of ",
                                      decision->author().name(), " (", decision->author().role(), ") at ",
                                      Clock(decision->created_at()), ": ", decision->reason(),
                                      ". The judge's word was: ", verdict.sentence()));
    verdict.set_state(haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
    return;
  }
  if (view->has_ended_at()) {
    if (IsTerminal(verdict.state())) return;
    verdict.set_state(haldane::v1::ROLLOUT_STATE_UNDECIDED);
    view->set_decision(verdict.state());
    verdict.set_sentence(
        "Undecided: the override that ended the rollout has no effect any more, and nothing was judged after "
        "it.");
    return;
  }
  if (const absl::Duration extension = Extension(now); extension > absl::ZeroDuration()) {
    *view->mutable_extended_by() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(extension));
  }
  if (const Override* hold = Hold(now)) {
    view->set_held(true);
    verdict.set_sentence(absl::StrCat("Held by ", hold->author().name(), " until ", Clock(hold->expires_at()),
                                      ": ", hold->reason(), ". ", verdict.sentence()));
  }
}

}  // namespace haldane::controller
