#pragma once

#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "controller/auth/peer_identity.h"
#include "controller/store/admin_store.h"

namespace haldane::controller {

// Every refusal and every act of an administrator, on its way into the chain of
// audit records. Equal ones become one record with a count, so that a flood of
// refusals cannot fill the disk; none is left out of the counts. Refused and
// Done are thread-safe; Flush belongs to the loop that owns the store.
class AuditLog final : public RefusalLog {
 public:
  AuditLog(const Clock& clock, AdminStore& store) : clock_(clock), store_(store) {}

  void Refused(absl::string_view who, absl::string_view action, const absl::Status& why) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Done(absl::string_view who, absl::string_view action, absl::string_view detail)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Once a second. What cannot be written is kept and tried again.
  void Flush() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;  // who, action, outcome, detail
  void Add(Key key) ABSL_LOCKS_EXCLUDED(mutex_);

  const Clock& clock_;
  AdminStore& store_;
  absl::Mutex mutex_;
  std::map<Key, uint64_t> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace haldane::controller
