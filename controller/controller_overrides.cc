// On-call people decide instead of the judge: requests checked, recorded, shown.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/controller.h"
#include "google/protobuf/util/time_util.h"
#include "plan/defaults.h"

namespace haldane::controller {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kMostReasonBytes = 500;
constexpr size_t kMostKeyCharacters = 128;
constexpr size_t kMostOverrides = 1000;  // of one rollout
constexpr absl::Duration kDefaultHold = absl::Hours(1);
constexpr absl::Duration kLongestOverride = absl::Hours(24 * 30);
constexpr absl::Duration kLongestExtension = absl::Hours(24);
constexpr uint32_t kDefaultOverridesListed = 100;
constexpr uint32_t kMostOverridesListed = 1000;

absl::Status CheckOverrideReason(absl::string_view reason) {
  if (absl::StripAsciiWhitespace(reason).empty()) {
    return absl::InvalidArgumentError("reason is empty: say why, for whoever reads the log later");
  }
  if (reason.size() > kMostReasonBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("reason has ", reason.size(), " bytes, at most ", kMostReasonBytes, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckKey(absl::string_view key) {
  const bool sound = std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
  if (sound && key.size() <= kMostKeyCharacters) return absl::OkStatus();
  return absl::InvalidArgumentError("idempotency_key must be up to 128 characters of [A-Za-z0-9._:-]");
}

absl::Status CheckExpiry(const v1::ApplyOverrideRequest& request) {
  if (!request.has_expires_in()) return absl::OkStatus();
  if (request.kind() == v1::OVERRIDE_KIND_RESUME || request.kind() == v1::OVERRIDE_KIND_EXTEND) {
    return absl::InvalidArgumentError(
        absl::StrCat("expires_in: ", OverrideWord(request.kind()), " has its effect at once; leave it out"));
  }
  const absl::Duration expires_in = plan::FromProto(request.expires_in());
  if (expires_in >= absl::Seconds(1) && expires_in <= kLongestOverride) return absl::OkStatus();
  return absl::InvalidArgumentError("expires_in must be between 1s and 720h (30 days)");
}

absl::Status CheckRequest(const v1::ApplyOverrideRequest& request) {
  const bool known = v1::OverrideKind_IsValid(request.kind());
  if (!known || request.kind() == v1::OVERRIDE_KIND_UNSPECIFIED) {
    return absl::InvalidArgumentError("kind is missing: proceed, rollback, hold, resume, extend or mute");
  }
  RETURN_IF_ERROR(CheckOverrideReason(request.reason()));
  RETURN_IF_ERROR(CheckKey(request.idempotency_key()));
  RETURN_IF_ERROR(CheckExpiry(request));
  const bool mute = request.kind() == v1::OVERRIDE_KIND_MUTE;
  const bool extend = request.kind() == v1::OVERRIDE_KIND_EXTEND;
  if (mute == request.signal().empty()) {
    return absl::InvalidArgumentError(mute ? "signal is missing: which one is to be muted?"
                                           : "signal is for kind mute only");
  }
  if (extend != request.has_extend_by()) {
    return absl::InvalidArgumentError(extend ? "extend_by is missing: by how much?"
                                             : "extend_by is for kind extend only");
  }
  const absl::Duration extend_by = plan::FromProto(request.extend_by());
  if (extend && (extend_by <= absl::ZeroDuration() || extend_by > kLongestExtension)) {
    return absl::InvalidArgumentError("extend_by must be more than zero and at most 24h");
  }
  return absl::OkStatus();
}

// True when `override` is what an earlier call with this content made.
bool IsRepeated(const v1::Override& override, const v1::ApplyOverrideRequest& request,
                const v1::Principal& author) {
  const auto same_time = [](const auto& a, const auto& b) {
    return a.seconds() == b.seconds() && a.nanos() == b.nanos();
  };
  return override.kind() == request.kind() && override.signal() == request.signal() &&
         override.reason() == request.reason() && override.author().name() == author.name() &&
         same_time(override.extend_by(), request.extend_by());
}

absl::Status CheckRevision(const RolloutRunner& runner, uint64_t expected) {
  const uint64_t revision = runner.View().revision();
  if (expected == 0 || expected == revision) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("rollout ", runner.name(), " is at revision ", revision, ", not ",
                                         expected, ": somebody or something decided meanwhile; look again"));
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(time));
}

v1::Override MakeOverride(const v1::ApplyOverrideRequest& request, const v1::Principal& author, uint64_t id,
                          absl::Time now) {
  v1::Override override;
  override.set_rollout(request.rollout());
  override.set_id(id);
  override.set_kind(request.kind());
  override.set_signal(request.signal());
  if (request.has_extend_by()) *override.mutable_extend_by() = request.extend_by();
  override.set_reason(request.reason());
  *override.mutable_author() = author;
  *override.mutable_created_at() = ToTimestamp(now);
  override.set_idempotency_key(request.idempotency_key());
  if (request.has_expires_in()) {
    *override.mutable_expires_at() = ToTimestamp(now + plan::FromProto(request.expires_in()));
  } else if (request.kind() == v1::OVERRIDE_KIND_HOLD) {
    *override.mutable_expires_at() = ToTimestamp(now + kDefaultHold);
  }
  return override;
}

absl::Status DamagedLogError(const RolloutRunner& runner) {
  return absl::DataLossError(
      absl::StrCat("rollout ", runner.name(), " cannot be overridden: ", runner.impediment()));
}

}  // namespace

absl::StatusOr<v1::OverrideResponse> Controller::Override(const v1::ApplyOverrideRequest& request,
                                                          const v1::Principal& author) {
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(RolloutRunner * runner, Find(request.rollout()));
  if (runner->unreadable()) return DamagedLogError(*runner);
  const OverrideLedger& ledger = runner->overrides();
  if (const v1::Override* earlier = ledger.FindByKey(request.idempotency_key())) {
    if (IsRepeated(*earlier, request, author)) return Overridden(*runner, earlier->id(), false);
    return absl::AlreadyExistsError(absl::StrCat("idempotency_key ", request.idempotency_key(),
                                                 " was used for another override of this rollout, number ",
                                                 earlier->id(), "; choose another key"));
  }
  RETURN_IF_ERROR(CheckRevision(*runner, request.expected_revision()));
  if (ledger.next_id() > kMostOverrides) {
    return absl::ResourceExhaustedError(
        absl::StrCat("rollout ", runner->name(), " has ", kMostOverrides, " overrides, which is the limit"));
  }
  const absl::Time now = context_.clock.Now();
  v1::Override override = MakeOverride(request, author, ledger.next_id(), now);
  RETURN_IF_ERROR(ledger.MayApply(override, runner->plan(), runner->ended(), now));

  const bool was_active = runner->active();
  const uint64_t id = override.id();
  RETURN_IF_ERROR(runner->Override(std::move(override)));
  LogInfo("rollout overridden", {{"rollout", runner->name()},
                                 {"kind", OverrideWord(request.kind())},
                                 {"override", id},
                                 {"author", author.name()},
                                 {"reason", request.reason()}});
  context_.metrics.overrides(request.kind()).Increment();
  return Overridden(*runner, id, was_active);
}

absl::StatusOr<v1::OverrideResponse> Controller::Revoke(const v1::RevokeOverrideRequest& request,
                                                        const v1::Principal& author) {
  RETURN_IF_ERROR(CheckOverrideReason(request.reason()));
  ASSIGN_OR_RETURN(RolloutRunner * runner, Find(request.rollout()));
  if (runner->unreadable()) return DamagedLogError(*runner);
  const v1::Override* override = runner->overrides().Find(request.id());
  if (override != nullptr && override->has_revocation()) return Overridden(*runner, request.id(), false);
  RETURN_IF_ERROR(CheckRevision(*runner, request.expected_revision()));
  const absl::Time now = context_.clock.Now();
  RETURN_IF_ERROR(runner->overrides().MayRevoke(request.id(), now));

  v1::Revocation revocation;
  revocation.set_id(request.id());
  revocation.set_reason(request.reason());
  *revocation.mutable_author() = author;
  *revocation.mutable_time() = ToTimestamp(now);
  RETURN_IF_ERROR(runner->Revoke(std::move(revocation)));
  LogInfo("override revoked", {{"rollout", runner->name()},
                               {"override", request.id()},
                               {"author", author.name()},
                               {"reason", request.reason()}});
  return Overridden(*runner, request.id(), false);
}

v1::OverrideResponse Controller::Overridden(const RolloutRunner& runner, uint64_t id, bool was_active) {
  if (was_active && runner.ended()) CountVerdict(runner);
  Show(runner);
  Refresh();
  v1::OverrideResponse response;
  *response.mutable_rollout() = runner.View();
  *response.mutable_override() = response.rollout().overrides(static_cast<int>(id) - 1);
  return response;
}

absl::StatusOr<v1::ListOverridesResponse> Controller::ListOverrides(
    const v1::ListOverridesRequest& request) const {
  if (request.limit() > kMostOverridesListed) {
    return absl::InvalidArgumentError(
        absl::StrCat("limit is ", request.limit(), ", at most ", kMostOverridesListed, " is allowed"));
  }
  if (!request.rollout().empty()) RETURN_IF_ERROR(Find(request.rollout()).status());
  const absl::Time now = context_.clock.Now();
  std::vector<v1::Override> found;
  for (const auto& runner : rollouts_) {
    if (!request.rollout().empty() && runner->name() != request.rollout()) continue;
    for (v1::Override& override : runner->overrides().All(now)) {
      if (request.in_effect() && override.status() != v1::OVERRIDE_STATUS_IN_EFFECT) continue;
      found.push_back(std::move(override));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const v1::Override& a, const v1::Override& b) {
    return TimeUtil::TimestampToNanoseconds(a.created_at()) >
           TimeUtil::TimestampToNanoseconds(b.created_at());
  });
  const size_t limit = request.limit() == 0 ? kDefaultOverridesListed : request.limit();
  if (found.size() > limit) found.resize(limit);
  v1::ListOverridesResponse response;
  for (v1::Override& override : found) *response.add_overrides() = std::move(override);
  return response;
}

}  // namespace haldane::controller
