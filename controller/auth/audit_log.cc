#include "controller/auth/audit_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/utf8.h"
#include "google/protobuf/util/time_util.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostPending = 1000;
constexpr size_t kMostText = 300;

// Well-formed and not endless, whatever a caller sent.
std::string Tame(absl::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kMostText) {
    const size_t length = Utf8Length(text);
    if (length == 0) {
      out += '?';
      text.remove_prefix(1);
    } else {
      absl::StrAppend(&out, text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

// The address of a peer without its port, which is another with every call.
absl::string_view WithoutPort(absl::string_view peer) {
  const size_t colon = peer.rfind(':');
  const bool is_peer = peer.substr(0, 5) == "ipv4:" || peer.substr(0, 5) == "ipv6:";
  return is_peer && colon != peer.npos && colon > 5 ? peer.substr(0, colon) : peer;
}

}  // namespace

void AuditLog::Refused(absl::string_view who, absl::string_view action, const absl::Status& why) {
  Add({Tame(WithoutPort(who)), Tame(action), "refused", Tame(why.message())});
}

void AuditLog::Done(absl::string_view who, absl::string_view action, absl::string_view detail) {
  Add({Tame(who), Tame(action), "done", Tame(detail)});
}

void AuditLog::Add(Key key) {
  absl::MutexLock lock(&mutex_);
  if (pending_.size() >= kMostPending && !pending_.contains(key)) {
    key = {"many", "many", std::get<2>(key), "more different ones within a second than are kept apart"};
  }
  ++pending_[std::move(key)];
}

void AuditLog::Flush() {
  std::map<Key, uint64_t> pending;
  {
    absl::MutexLock lock(&mutex_);
    pending.swap(pending_);
  }
  while (!pending.empty()) {
    const auto& [key, count] = *pending.begin();
    haldane::v1::AuditRecord record;
    *record.mutable_time() =
        google::protobuf::util::TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(clock_.Now()));
    std::string outcome, detail, who, action;
    std::tie(who, action, outcome, detail) = key;
    record.set_who(std::move(who));
    record.set_action(std::move(action));
    record.set_outcome(std::move(outcome));
    record.set_detail(std::move(detail));
    record.set_count(count);
    if (const absl::Status status = store_.AppendAudit(std::move(record)); !status.ok()) {
      LogError("audit record not written yet", {{"why", status.message()}, {"waiting", pending.size()}});
      absl::MutexLock lock(&mutex_);
      for (const auto& [waiting, times] : pending) pending_[waiting] += times;
      return;
    }
    pending.erase(pending.begin());
  }
}

}  // namespace haldane::controller
