#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/controller.h"

// What Controller says and does about hosts.
namespace haldane::controller {

v1::ListHostsResponse Controller::ListHosts(absl::string_view service) const {
  v1::ListHostsResponse response;
  for (v1::FleetHost& host : fleet_.Describe(service, context_.clock.Monotonic())) {
    host.mutable_compatibility()->clear_missing();  // Get has it
    host.set_connected(agents_.IsConnected(host.host()));
    *response.add_hosts() = std::move(host);
  }
  *response.mutable_switches() = switches_.List();
  return response;
}

absl::StatusOr<v1::FleetHost> Controller::GetHost(const std::string& host) const {
  std::optional<v1::FleetHost> described = fleet_.DescribeHost(host, context_.clock.Monotonic());
  if (!described) {
    return absl::NotFoundError(absl::StrCat("host ", JsonQuote(host.substr(0, 200)),
                                            " has not reported to this controller within the hour"));
  }
  described->set_connected(agents_.IsConnected(host));
  return *std::move(described);
}

absl::StatusOr<v1::FleetSwitches> Controller::SwitchProbes(bool kill, const std::string& service,
                                                           absl::string_view reason,
                                                           const v1::Principal& by) {
  const absl::Time now = context_.clock.Now();
  RETURN_IF_ERROR(kill ? switches_.Kill(service, reason, by, now) : switches_.Arm(service, reason, by, now));
  agents_.ObeySwitches();
  return switches_.List();
}

}  // namespace haldane::controller
