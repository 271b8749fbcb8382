#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/fleet/agent_epoch.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/fleet.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// A tick's content, and what the reader has seen once it has taken it in.
struct FleetChanges {
  haldane::v1::Tick tick;
  ChangeNumber cursor = 0;
};

// Where a host stands: what its stream would otherwise ask for with every report.
struct HostStanding {
  ChangeNumber last_exit = 0;  // of the last report that said a process exited
  uint64_t services = 0;       // another number whenever ServicesOf says something else
};

// What every host has last said. Rollouts read it through cursors of their own,
// so that none loses what another has read. Knows no clock: `now` is monotonic
// time. Not thread-safe.
class Fleet {
 public:
  // The agent of a host has opened a stream. A new epoch starts from nothing;
  // what the epoch before said is kept until everybody has seen it.
  // RESOURCE_EXHAUSTED when there are too many hosts.
  absl::Status Greet(const std::string& host, const haldane::v1::Hello& hello, absl::Duration now);
  // Takes in a report of the host's epoch. INVALID_ARGUMENT, having changed
  // nothing, when it breaks a quota or contradicts earlier ones;
  // FAILED_PRECONDITION when the host is not known (any more): greet again.
  absl::StatusOr<HostStanding> Take(const std::string& host, const haldane::v1::Report& report,
                                    absl::Duration now);

  // What changed after `cursor` on hosts that run `service`: hosts sorted by
  // name, processes by pid and start. A host that reported after `cursor` but
  // whose processes of the service did not change is there with none of them,
  // for it is alive. A host that restarted its agent may be there twice, the
  // old epoch first. For a first look (cursor 0), hosts silent for over ten
  // seconds are left out; they are told in full once they are back.
  FleetChanges TickFor(absl::string_view service, ChangeNumber cursor, absl::Duration now) const;

  // The same without a copy: every process of `service` that changed after
  // `cursor`, the old epoch of a host first. Returns the cursor for the next visit.
  ChangeNumber Visit(absl::string_view service, ChangeNumber cursor,
                     absl::FunctionRef<void(const std::string& host, const AgentEpoch& epoch,
                                            const haldane::v1::ProcessSample& sample)>
                         visit) const;

  // Services that the host runs or has run within the hour, or whose last words
  // somebody has yet to see. Sorted.
  std::vector<std::string> ServicesOf(const std::string& host) const;

  // Forgets exited processes and earlier epochs that everybody has seen up to
  // `consumed` (kEverything when nobody reads), and hosts silent for an hour.
  void Forget(ChangeNumber consumed, absl::Duration now);

  // What is known of hosts, sorted by name: of all, of those that run `service`,
  // of one. `connected` is left out.
  std::vector<haldane::v1::FleetHost> Describe(absl::string_view service, absl::Duration now) const;
  std::optional<haldane::v1::FleetHost> DescribeHost(const std::string& host, absl::Duration now) const;

  // How many hosts have each profile of compatibility.
  std::map<haldane::v1::Compatibility::Profile, size_t> Profiles() const;
  size_t processes() const;

 private:
  struct Host {
    haldane::v1::Compatibility::Profile profile;
    haldane::v1::Compatibility compatibility;  // its words cut short
    std::string agent_version;
    AgentEpoch epoch;
    std::optional<AgentEpoch> previous_epoch;
    absl::Duration last_report;  // or hello
    // When a process of each service was last reported.
    std::map<std::string, absl::Duration, std::less<>> services;
    uint64_t services_number = 0;  // HostStanding::services
  };
  void Note(const std::string& host, Host& record, absl::string_view service, absl::Duration now);
  // The service is not the host's any more.
  void Unlist(const std::string& host, const std::string& service);
  static haldane::v1::FleetHost Describe(const std::string& name, const Host& host, absl::Duration now);

  std::map<std::string, Host> hosts_;
  // Hosts by each service in Host::services.
  std::map<std::string, std::map<std::string, const Host*>, std::less<>> by_service_;
  ChangeNumber change_ = 0;
  uint64_t services_number_ = 0;  // of the last host whose services changed
};

}  // namespace haldane::controller
