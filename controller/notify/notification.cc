#include "controller/notify/notification.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/sha256.h"
#include "controller/rollout/override_ledger.h"
#include "controller/rollout/rollout.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {
namespace {

constexpr size_t kKeyBytes = 16;

absl::Time TimeOfStamp(const google::protobuf::Timestamp& time) {
  return absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(time));
}

std::string StampText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

// A rollout by its events without its ticks: enough to say how it ended.
struct Summary {
  haldane::v1::Rollout view;  // as the judge left it
  OverrideLedger overrides;
  haldane::v1::RolloutEvent last;
  bool readable = false;

  // What clients are shown at `now`.
  haldane::v1::Rollout At(absl::Time now) const {
    haldane::v1::Rollout shown = view;
    overrides.Show(now, &shown);
    return shown;
  }
};

void EndView(const haldane::v1::RolloutEvent& event, haldane::v1::Rollout* view) {
  if (!view->has_ended_at()) *view->mutable_ended_at() = event.time();
}

void ApplyNote(const haldane::v1::RolloutEvent& event, Summary* summary) {
  haldane::v1::Verdict& verdict = *summary->view.mutable_verdict();
  if (event.has_created()) {
    *summary->view.mutable_plan() = event.created().plan();
    summary->view.set_name(event.created().plan().rollout());
    verdict.set_state(haldane::v1::ROLLOUT_STATE_OBSERVING);
    verdict.set_sentence("none was given.");
  } else if (event.has_verdict_reached()) {
    verdict = event.verdict_reached().verdict();
    EndView(event, &summary->view);
  } else if (event.has_aborted()) {
    verdict.set_state(haldane::v1::ROLLOUT_STATE_ABORTED);
    verdict.set_sentence(absl::StrCat("Aborted: ", event.aborted().reason()));
    EndView(event, &summary->view);
  } else if (event.has_overridden()) {
    if (IsDecision(event.overridden().kind())) EndView(event, &summary->view);
    summary->readable &= summary->overrides.Apply(event.overridden()).ok();
  } else if (event.has_override_revoked()) {
    summary->readable &= summary->overrides.Apply(event.override_revoked()).ok();
  }
}

Summary Summarize(const std::vector<AdminStore::Note>& notes) {
  Summary summary;
  summary.readable = !notes.empty();
  for (const AdminStore::Note& note : notes) {
    summary.readable &= summary.last.ParseFromString(note.payload);
    if (!summary.readable) return summary;
    ApplyNote(summary.last, &summary);
  }
  summary.readable &= !summary.view.name().empty();
  return summary;
}

// The override that the event made or withdrew, when it was a decision.
const haldane::v1::Override* DecisionIn(const Summary& summary) {
  const haldane::v1::RolloutEvent& event = summary.last;
  const uint64_t id = event.has_overridden()         ? event.overridden().id()
                      : event.has_override_revoked() ? event.override_revoked().id()
                                                     : 0;
  const haldane::v1::Override* override = summary.overrides.Find(id);
  return override != nullptr && IsDecision(override->kind()) ? override : nullptr;
}

std::string PersonJson(const haldane::v1::Override& override, const haldane::v1::RolloutEvent& event) {
  const bool revoked = event.has_override_revoked();
  const haldane::v1::Principal& by = revoked ? override.revocation().author() : override.author();
  return absl::StrCat(
      "{\"id\":", override.id(), ",\"kind\":", JsonQuote(OverrideWord(override.kind())),
      ",\"by\":", JsonQuote(by.name()), ",\"role\":", JsonQuote(by.role()),
      ",\"reason\":", JsonQuote(revoked ? override.revocation().reason() : override.reason()),
      ",\"expires_at\":",
      override.has_expires_at() ? JsonQuote(StampText(TimeOfStamp(override.expires_at()))) : "null", "}");
}

std::string LabelsJson(const google::protobuf::RepeatedPtrField<haldane::v1::Label>& labels) {
  std::string json = "{";
  for (const haldane::v1::Label& label : labels) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", JsonQuote(label.name()), ":",
                    JsonQuote(label.value()));
  }
  return json + "}";
}

std::string KeyOf(absl::string_view digest) {
  return absl::BytesToHexString(digest.substr(0, std::min(digest.size(), kKeyBytes)));
}

Notification Tell(const Summary& summary, absl::string_view event, absl::string_view digest, absl::Time time,
                  const haldane::v1::Override* override) {
  const haldane::v1::Rollout shown = summary.At(time);
  const haldane::v1::RolloutState state = shown.verdict().state();
  Notification told{.key = KeyOf(digest),
                    .rollout = shown.name(),
                    .service = shown.plan().service(),
                    .verdict = std::string(VerdictWord(state)),
                    .body = ""};
  told.body = absl::StrCat(
      "{\"id\":", JsonQuote(told.key), ",\"event\":", JsonQuote(event),
      ",\"time\":", JsonQuote(StampText(time)), ",\"rollout\":", JsonQuote(told.rollout),
      ",\"service\":", JsonQuote(told.service), ",\"canary\":", LabelsJson(shown.plan().canary()),
      ",\"baseline\":", LabelsJson(shown.plan().baseline()), ",\"verdict\":", JsonQuote(told.verdict),
      ",\"decision\":", JsonQuote(VerdictWord(shown.decision())),
      ",\"judged\":", JsonQuote(VerdictWord(shown.judged_state())),
      ",\"sentence\":", JsonQuote(shown.verdict().sentence()),
      ",\"input_digest\":", JsonQuote(shown.verdict().input_digest()),
      ",\"override\":", override == nullptr ? "null" : PersonJson(*override, summary.last), "}");
  return told;
}

}  // namespace

absl::string_view VerdictWord(haldane::v1::RolloutState state) {
  switch (state) {
    case haldane::v1::ROLLOUT_STATE_PROCEED:
      return "proceed";
    case haldane::v1::ROLLOUT_STATE_ROLLED_BACK:
      return "rollback";
    case haldane::v1::ROLLOUT_STATE_HALTED:
      return "halt";
    case haldane::v1::ROLLOUT_STATE_UNDECIDED:
      return "undecided";
    case haldane::v1::ROLLOUT_STATE_ABORTED:
      return "aborted";
    case haldane::v1::ROLLOUT_STATE_OVERRIDDEN:
      return "overridden";
    default:
      return "running";
  }
}

std::vector<absl::string_view> VerdictWords() {
  return {"proceed", "rollback", "halt", "undecided", "aborted", "overridden"};
}

std::optional<Notification> NotificationOf(const std::vector<AdminStore::Note>& notes) {
  const Summary summary = Summarize(notes);
  if (!summary.readable) return std::nullopt;
  const haldane::v1::RolloutEvent& event = summary.last;
  const haldane::v1::Override* decision = DecisionIn(summary);
  if (!event.has_verdict_reached() && !event.has_aborted() && decision == nullptr) return std::nullopt;
  return Tell(summary, notes.back().kind, notes.back().digest, TimeOfStamp(event.time()), decision);
}

std::optional<Notification> ExpiryOf(const std::vector<AdminStore::Note>& notes, uint64_t id,
                                     absl::Time now) {
  Summary summary = Summarize(notes);
  if (!summary.readable || summary.overrides.Find(id) == nullptr) return std::nullopt;
  const haldane::v1::Override override = summary.overrides.All(now)[id - 1];
  if (!IsDecision(override.kind()) || override.status() != haldane::v1::OVERRIDE_STATUS_EXPIRED) {
    return std::nullopt;
  }
  // Of the override itself, whatever was logged since: the end is told once.
  const std::string digest = Sha256(absl::StrCat(notes.front().digest, " override ", id, " expired"));
  return Tell(summary, "override_expired", digest, TimeOfStamp(override.expires_at()), &override);
}

}  // namespace haldane::controller
