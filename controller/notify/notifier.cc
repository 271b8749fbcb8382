#include "controller/notify/notifier.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/notify/signature.h"
#include "google/protobuf/util/time_util.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Seconds(1);
constexpr absl::Duration kLongestBackoff = absl::Minutes(5);
// News of a rollout are of no use for ever.
constexpr absl::Duration kGiveUpAfter = absl::Hours(72);
constexpr uint32_t kNotesAtOnce = 500;

absl::Time EventTime(const haldane::v1::RolloutEvent& event) {
  return absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(event.time()));
}

}  // namespace

absl::Duration BackoffAfter(int failures, double share) {
  const absl::Duration whole =
      std::min(kLongestBackoff, kFirstBackoff * std::exp2(std::clamp(failures - 1, 0, 30)));
  return whole * (1 - share / 2);
}

absl::StatusOr<std::unique_ptr<Notifier>> Notifier::Create(const Clock& clock, std::vector<Webhook> webhooks,
                                                           AdminStore* log, std::unique_ptr<Outbox> outbox,
                                                           TaskLoop* loop, Metrics* metrics) {
  std::unique_ptr<Notifier> notifier(new Notifier(clock, log, std::move(outbox), loop, metrics));
  for (Webhook& webhook : webhooks) notifier->receivers_[webhook.name].webhook = std::move(webhook);
  RETURN_IF_ERROR(notifier->Begin());
  return notifier;
}

absl::Status Notifier::Begin() {
  ASSIGN_OR_RETURN(const std::optional<int64_t> position, outbox_->Position());
  if (position) {
    position_ = *position;
  } else {
    Outbox::Progress begin;
    ASSIGN_OR_RETURN(begin.position, log_->LastPosition());
    RETURN_IF_ERROR(outbox_->Advance(begin));
    position_ = begin.position;
  }
  std::set<std::string> names;
  for (const auto& [name, receiver] : receivers_) names.insert(name);
  ASSIGN_OR_RETURN(const int64_t dropped, outbox_->KeepOnly(names));
  if (dropped > 0) LogWarning("notifications of webhooks that are gone were dropped", {{"count", dropped}});
  return absl::OkStatus();
}

void Notifier::Tick() {
  absl::Status status = ReadLog();
  for (auto& [name, receiver] : receivers_) {
    if (status.ok()) status = SendDue(receiver);
  }
  if (const auto waiting = outbox_->Waiting(); waiting.ok()) {
    metrics_->notifications_waiting.Set(static_cast<double>(*waiting));
  }
  Report(status);
}

absl::Status Notifier::ReadLog() {
  ASSIGN_OR_RETURN(const std::vector<AdminStore::Note> notes, log_->NotesAfter(position_, kNotesAtOnce));
  ASSIGN_OR_RETURN(const std::vector<Outbox::OverrideEnd> ended, outbox_->EndedBy(clock_.Now()));
  if (notes.empty() && ended.empty()) return absl::OkStatus();
  Outbox::Progress progress;
  progress.position = notes.empty() ? position_ : notes.back().position;
  for (const AdminStore::Note& note : notes) RETURN_IF_ERROR(CollectNote(note, &progress));
  for (const Outbox::OverrideEnd& end : ended) {
    ASSIGN_OR_RETURN(const std::vector<AdminStore::Note> log, log_->NotesOf(end.rollout));
    if (const auto told = ExpiryOf(log, end.override, clock_.Now())) Address(*told, end.time, &progress);
  }
  progress.looked = ended;
  RETURN_IF_ERROR(outbox_->Advance(progress));
  position_ = progress.position;
  return absl::OkStatus();
}

absl::Status Notifier::CollectNote(const AdminStore::Note& note, Outbox::Progress* progress) {
  static const auto& kinds =
      *new std::set<std::string>{"verdict_reached", "aborted", "overridden", "override_revoked"};
  haldane::v1::RolloutEvent event;
  if (kinds.count(note.kind) == 0 || !event.ParseFromString(note.payload)) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<AdminStore::Note> log, log_->NotesOf(note.rollout));
  while (!log.empty() && log.back().position > note.position) log.pop_back();
  const absl::Time time = EventTime(event);
  if (const auto told = NotificationOf(log)) Address(*told, time, progress);
  if (event.has_overridden() && event.overridden().has_expires_at()) {
    progress->begun.push_back(
        {.rollout = note.rollout,
         .override = event.overridden().id(),
         .time = absl::FromUnixNanos(
             google::protobuf::util::TimeUtil::TimestampToNanoseconds(event.overridden().expires_at()))});
  }
  return absl::OkStatus();
}

void Notifier::Address(const Notification& told, absl::Time made, Outbox::Progress* progress) const {
  if (clock_.Now() - made > kGiveUpAfter) return;
  for (const auto& [name, receiver] : receivers_) {
    const Webhook& webhook = receiver.webhook;
    if (!webhook.services.empty() && webhook.services.count(told.service) == 0) continue;
    if (!webhook.states.empty() && webhook.states.count(told.verdict) == 0) continue;
    progress->messages.push_back(
        {.id = 0, .webhook = name, .key = told.key, .body = told.body, .made = made, .attempts = 0});
  }
}

absl::Status Notifier::SendDue(Receiver& receiver) {
  if (receiver.busy) return absl::OkStatus();
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const std::optional<Outbox::Message> message, outbox_->Due(receiver.webhook.name, now));
  if (!message) return absl::OkStatus();
  const absl::StatusOr<std::string> secret = ReadSecret(receiver.webhook.secret_file);
  if (!secret.ok()) return Settle(receiver, *message, secret.status());
  const int64_t timestamp = absl::ToUnixSeconds(now);
  receiver.busy = true;
  poster_.Post(
      {.url = receiver.webhook.url,
       .headers = {"Content-Type: application/json", absl::StrCat("Idempotency-Key: ", message->key),
                   absl::StrCat("Haldane-Timestamp: ", timestamp),
                   absl::StrCat("Haldane-Signature: ", SignWebhook(*secret, timestamp, message->body))},
       .body = message->body},
      [this, name = receiver.webhook.name, message = *message](absl::Status result) {
        loop_->Post([this, name, message, result] { Sent(name, message, result); });
      });
  return absl::OkStatus();
}

void Notifier::Sent(const std::string& webhook, const Outbox::Message& message, const absl::Status& result) {
  Receiver& receiver = receivers_.at(webhook);
  receiver.busy = false;
  absl::Status status = Settle(receiver, message, result);
  // Many wait after an outage; they are not sent one a second.
  if (status.ok() && result.ok()) status = SendDue(receiver);
  Report(status);
}

absl::Status Notifier::Settle(Receiver& receiver, const Outbox::Message& message,
                              const absl::Status& result) {
  const std::string& name = receiver.webhook.name;
  if (result.ok()) {
    metrics_->notifications_delivered.Increment();
    if (std::exchange(receiver.failing, false)) LogInfo("webhook receives again", {{"webhook", name}});
    return outbox_->Remove(message.id);
  }
  metrics_->notifications_failed.Increment();
  if (!std::exchange(receiver.failing, true)) {
    LogWarning("webhook does not receive; it is tried again",
               {{"webhook", name}, {"why", result.message()}, {"key", message.key}});
  }
  const absl::Time now = clock_.Now();
  if (now - message.made > kGiveUpAfter) {
    metrics_->notifications_given_up.Increment();
    LogError("notification given up", {{"webhook", name}, {"key", message.key}, {"why", result.message()}});
    return outbox_->Remove(message.id);
  }
  const double share = std::uniform_real_distribution<>(0, 1)(random_);
  return outbox_->Postpone(message.id, now + BackoffAfter(message.attempts + 1, share));
}

void Notifier::Report(const absl::Status& status) {
  if (!status.ok() && status != last_failure_) {
    LogError("notifications wait for the outbox", {{"why", status.message()}});
  }
  last_failure_ = status;
}

}  // namespace haldane::controller
