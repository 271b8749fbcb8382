#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/store/event_store.h"
#include "haldane/v1/fleet.pb.h"

namespace haldane::controller {

// The fleet's kill switches, kept as a log of their own in the event store:
// who turned what off, when and why, stays provable. Not thread-safe.
class Switches {
 public:
  // Name of their log among those of rollouts; no rollout can be called so.
  static constexpr absl::string_view kLog = ":fleet";

  // `store` outlives this.
  explicit Switches(EventStore& store) : store_(store) {}

  // Reads them back. Once, before anything else.
  absl::Status Load();

  // INVALID_ARGUMENT without a reason or with too long a name; Arm:
  // FAILED_PRECONDITION when the switch is not on. Nothing changes unless it is
  // in the log.
  absl::Status Kill(const std::string& service, absl::string_view reason, const haldane::v1::Principal& by,
                    absl::Time now);
  absl::Status Arm(const std::string& service, absl::string_view reason, const haldane::v1::Principal& by,
                   absl::Time now);

  // The switch for everything; null when it is off.
  const haldane::v1::FleetSwitch* everything() const;
  bool IsKilled(const std::string& service) const { return switches_.count(service) > 0; }
  haldane::v1::FleetSwitches List() const;

 private:
  absl::Status Record(const std::string& service, bool killed, absl::string_view reason,
                      const haldane::v1::Principal& by, absl::Time now);
  void Apply(const haldane::v1::FleetEvent& event);

  EventStore& store_;
  std::map<std::string, haldane::v1::FleetSwitch> switches_;  // those that are on; "" for everything
};

}  // namespace haldane::controller
