#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/rollout/guard_ledger.h"
#include "controller/rollout/override_ledger.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/rollout.pb.h"

namespace haldane::controller {

// The digest chain of a rollout's log: SHA-256 over the previous digest (empty
// before the first event) followed by the event's bytes. 32 raw bytes.
std::string ChainDigest(absl::string_view previous, absl::string_view event_bytes);

// A rollout: what its log of events makes of it, and nothing else. Pure: no
// clock, no I/O, no randomness; the same bytes in the same order give the same
// verdict, bit for bit. Not thread-safe.
//
//   auto rollout = Rollout::Open(created_bytes);
//   rollout->Apply(tick_bytes);
//   v1::Verdict verdict = rollout->Judge();
//   if (IsTerminal(verdict.state())) ... append VerdictReached, then Apply it.
class Rollout {
 public:
  // From the bytes of the first event, which must be Created with a valid plan.
  static absl::StatusOr<std::unique_ptr<Rollout>> Open(absl::string_view created_bytes);
  ~Rollout();

  // The next event of the log. DATA_LOSS when the bytes are not an event,
  // FAILED_PRECONDITION when it cannot follow (a second Created, anything after
  // the end but overrides, time that runs backwards); the rollout is then unchanged.
  absl::Status Apply(absl::string_view event_bytes);

  // The judgement of everything applied so far; once ended, the final one.
  haldane::v1::Verdict Judge() const;
  // What clients are shown, Judge() and overrides included. `now` fills
  // silent_seconds, and says which overrides are in effect.
  haldane::v1::Rollout View(absl::Time now) const;
  // The same as it would be shown had nobody overridden the judge.
  haldane::v1::Rollout JudgedView(absl::Time now) const;

  const std::string& name() const;
  const haldane::v1::Plan& plan() const;
  absl::Time created_at() const;
  absl::Time last_event_at() const;
  bool ended() const;
  // Digest of the log so far, raw bytes.
  const std::string& digest() const;
  const OverrideLedger& overrides() const;
  const GuardLedger& guard() const;

 private:
  struct State;
  explicit Rollout(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// True for proceed, halted, rolled back, undecided, aborted and overridden.
bool IsTerminal(haldane::v1::RolloutState state);

}  // namespace haldane::controller
