#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "haldane/v1/override.pb.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/rollout.pb.h"
#include "haldane/v1/verdict.pb.h"

namespace haldane::controller {

// The overrides of one rollout and what they amount to at a moment. Pure, and
// apart from evidence and judging, so that people can decide when those cannot.
//
// The latest proceed or rollback decides for as long as it is in effect; a
// later one takes the place of an earlier one for good, and so does a resume
// that of a hold. Every mute and every extension in effect counts.
class OverrideLedger {
 public:
  // Number of the next override.
  uint64_t next_id() const { return overrides_.size() + 1; }
  // The override of this number; nullptr when there is none.
  const haldane::v1::Override* Find(uint64_t id) const;
  // The override that was requested with this key; nullptr when there is none.
  const haldane::v1::Override* FindByKey(const std::string& idempotency_key) const;
  // All, the oldest first, with their status at `now`.
  std::vector<haldane::v1::Override> All(absl::Time now) const;

  // FAILED_PRECONDITION or INVALID_ARGUMENT, with what to do, when `override`
  // could have no effect on a rollout of `plan` at `now`. `ended`: by the judge
  // or by a person.
  absl::Status MayApply(const haldane::v1::Override& override, const haldane::v1::Plan& plan, bool ended,
                        absl::Time now) const;
  // The same for withdrawing override `id`.
  absl::Status MayRevoke(uint64_t id, absl::Time now) const;

  // An event of the log. FAILED_PRECONDITION when it cannot follow.
  absl::Status Apply(const haldane::v1::Override& override);
  absl::Status Apply(const haldane::v1::Revocation& revocation);

  // What holds at `now`.
  const haldane::v1::Override* Decision(absl::Time now) const;  // nullptr: the judge's word holds
  const haldane::v1::Override* Hold(absl::Time now) const;      // nullptr: nothing holds it
  absl::Duration Extension(absl::Time now) const;
  std::set<std::string> Muted(absl::Time now) const;

  // Puts everything into what clients are shown: `view` has the judge's verdict.
  void Show(absl::Time now, haldane::v1::Rollout* view) const;

 private:
  haldane::v1::OverrideStatus StatusOf(const haldane::v1::Override& override, absl::Time now) const;
  bool InEffect(const haldane::v1::Override& override, absl::Time now) const;

  std::vector<haldane::v1::Override> overrides_;  // by number
};

// True for proceed and rollback.
bool IsDecision(haldane::v1::OverrideKind kind);

// "proceed", "rollback", "hold", ...
std::string OverrideWord(haldane::v1::OverrideKind kind);

}  // namespace haldane::controller
