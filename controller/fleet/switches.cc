#include "controller/fleet/switches.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "google/protobuf/util/time_util.h"

namespace haldane::controller {
namespace {

constexpr size_t kMaxSwitchReason = 500;
constexpr size_t kMaxSwitchService = 256;
constexpr size_t kMaxSwitches = 1000;

absl::Status CheckSwitch(const std::string& service, absl::string_view reason) {
  if (reason.empty()) return absl::InvalidArgumentError("reason is empty: say why");
  if (reason.size() > kMaxSwitchReason) {
    return absl::InvalidArgumentError(
        absl::StrCat("reason has ", reason.size(), " bytes, at most ", kMaxSwitchReason, " are allowed"));
  }
  if (service.size() > kMaxSwitchService) {
    return absl::InvalidArgumentError(
        absl::StrCat("service has ", service.size(), " bytes, at most ", kMaxSwitchService, " are allowed"));
  }
  return absl::OkStatus();
}

std::string NameOfSwitch(const std::string& service) {
  return service.empty() ? "everything" : absl::StrCat("service ", service);
}

}  // namespace

absl::Status Switches::Load() {
  return store_.Load(kLog, [this](absl::string_view payload) {
    v1::FleetEvent event;
    if (!event.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
      return absl::DataLossError("an entry of the log of kill switches cannot be read");
    }
    Apply(event);
    return absl::OkStatus();
  });
}

absl::Status Switches::Kill(const std::string& service, absl::string_view reason, const v1::Principal& by,
                            absl::Time now) {
  RETURN_IF_ERROR(CheckSwitch(service, reason));
  if (IsKilled(service)) return absl::OkStatus();
  if (switches_.size() >= kMaxSwitches) {
    return absl::ResourceExhaustedError(
        absl::StrCat(switches_.size(), " switches are on; turn off everything by one without a service"));
  }
  return Record(service, true, reason, by, now);
}

absl::Status Switches::Arm(const std::string& service, absl::string_view reason, const v1::Principal& by,
                           absl::Time now) {
  RETURN_IF_ERROR(CheckSwitch(service, reason));
  if (!IsKilled(service)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the switch of ", NameOfSwitch(service), " is not on: there is nothing to arm"));
  }
  return Record(service, false, reason, by, now);
}

absl::Status Switches::Record(const std::string& service, bool killed, absl::string_view reason,
                              const v1::Principal& by, absl::Time now) {
  v1::FleetEvent event;
  *event.mutable_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  event.set_service(service);
  event.set_killed(killed);
  event.set_reason(std::string(reason));
  *event.mutable_by() = by;
  RETURN_IF_ERROR(store_
                      .Append({.rollout = kLog,
                               .time = now,
                               .kind = killed ? "killed" : "armed",
                               .payload = event.SerializeAsString(),
                               .durability = Durability::kFull})
                      .status());
  Apply(event);
  LogWarning(killed ? "kill switch of the fleet turned on" : "kill switch of the fleet turned off",
             {{"covers", NameOfSwitch(service)}, {"by", by.name()}, {"reason", reason}});
  return absl::OkStatus();
}

void Switches::Apply(const v1::FleetEvent& event) {
  if (!event.killed()) {
    switches_.erase(event.service());
    return;
  }
  v1::FleetSwitch& on = switches_[event.service()];
  on.set_service(event.service());
  on.set_reason(event.reason());
  *on.mutable_by() = event.by();
  *on.mutable_since() = event.time();
}

const v1::FleetSwitch* Switches::everything() const {
  const auto on = switches_.find("");
  return on == switches_.end() ? nullptr : &on->second;
}

v1::FleetSwitches Switches::List() const {
  v1::FleetSwitches list;
  for (const auto& [service, on] : switches_) *list.add_switches() = on;
  return list;
}

}  // namespace haldane::controller
