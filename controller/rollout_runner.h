#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "controller/fleet/fleet.h"
#include "controller/guard/guard_book.h"
#include "controller/metrics/metrics.h"
#include "controller/rollout/rollout.h"
#include "controller/store/event_store.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// One rollout and its log. Everything that happens to it is appended to the log
// first and applied then, so that what is shown is never more than what a
// restart would find. When the log cannot be written the rollout waits, says
// so, and goes on where it was: totals are cumulative, so nothing is lost.
// Not thread-safe.
class RolloutRunner {
 public:
  // What a runner works with; all outlive it.
  struct Context {
    const Clock& clock;
    EventStore& store;
    Metrics& metrics;
  };

  // Opens a new rollout. The plan of `created` must be complete and valid, and
  // its name not in the store. Fails as EventStore::Append does.
  static absl::StatusOr<std::unique_ptr<RolloutRunner>> Create(const Context& context,
                                                               haldane::v1::Created created);
  // Reads a rollout back from its log. One that cannot be read back becomes
  // unreadable(); fails only when the store cannot be read at all just now.
  static absl::StatusOr<std::unique_ptr<RolloutRunner>> Load(const Context& context, const std::string& name);

  // One second: logs what guarded runs of the deploy and the fleet have to say,
  // and judges. The failure to
  // append is returned and kept as the impediment. REQUIRES: active().
  absl::Status Tick(const Fleet& fleet, const GuardBook& guard_book);
  // One second in which the store is known to fail. REQUIRES: active().
  void Skip(const absl::Status& store_failure) { SetImpediment(store_failure); }
  // Ends the rollout. REQUIRES: active().
  absl::Status Abort(absl::string_view reason);
  // Records an override, or its withdrawal, at the present time, also after the
  // end. Checks nothing but that the log takes it. REQUIRES: !unreadable().
  absl::Status Override(haldane::v1::Override override);
  absl::Status Revoke(haldane::v1::Revocation revocation);

  const std::string& name() const { return name_; }
  const haldane::v1::Plan& plan() const;
  // As View() shows it.
  haldane::v1::RolloutState state() const;
  // Neither ended nor unreadable.
  bool active() const { return rollout_ != nullptr; }
  bool ended() const { return ended_; }
  // Of the log. REQUIRES: ended().
  absl::Time last_event_at() const { return last_event_at_; }
  bool unreadable() const { return !active() && !ended_; }
  // Why it is not judged; empty when all is well.
  const std::string& impediment() const { return impediment_; }
  // Change up to which the fleet's news are in the log.
  ChangeNumber cursor() const { return cursor_; }
  const OverrideLedger& overrides() const { return active() ? rollout_->overrides() : overrides_; }
  // Grows whenever View() would show something else.
  uint64_t version() const { return version_; }
  // What clients are shown. No terminal state before it is in the log.
  haldane::v1::Rollout View() const;

 private:
  RolloutRunner(const Context& context, std::string name) : context_(context), name_(std::move(name)) {}

  absl::Status ApplyStored(absl::string_view payload);
  // Appends `event` at the present time, then applies it.
  absl::Status Record(haldane::v1::RolloutEvent event, absl::string_view kind, Durability durability);
  absl::Status RecordGuardRuns(const GuardBook& guard_book);
  absl::Status RecordVerdict();
  absl::Status RecordStage(const haldane::v1::Verdict& verdict);
  // The same for an override of a rollout that has ended.
  absl::Status RecordAfterEnd(haldane::v1::RolloutEvent event, absl::string_view kind);
  // Keeps what an ended rollout is, so that a restart need not read its log; and
  // the way back. False when the log must be read.
  void KeepEnding();
  absl::StatusOr<bool> LoadEnding();
  void SetImpediment(const absl::Status& status);
  void Settle();
  void BecomeUnreadable(const absl::Status& why);

  const Context context_;
  const std::string name_;
  std::unique_ptr<Rollout> rollout_;  // while active
  haldane::v1::Rollout last_view_;    // once ended or unreadable; without overrides
  OverrideLedger overrides_;          // once ended
  absl::Time last_event_at_;          // once ended
  bool ended_ = false;
  std::string impediment_;
  ChangeNumber cursor_ = 0;
  uint64_t guard_cursor_ = 0;  // the same of the guard book
  uint64_t version_ = 1;
};

}  // namespace haldane::controller
