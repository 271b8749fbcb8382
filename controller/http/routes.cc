#include "controller/http/routes.h"

#include <utility>

#include "absl/strings/str_split.h"

namespace haldane::controller {
namespace {

// True when `path` is of the form of `pattern`; fills in what the braces stand for.
bool Matches(absl::string_view pattern, absl::string_view path, std::map<std::string, std::string>* fields) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '/');
  const std::vector<absl::string_view> given = absl::StrSplit(path, '/');
  if (wanted.size() != given.size()) return false;
  std::map<std::string, std::string> found;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].empty() && wanted[i].front() == '{') {
      if (given[i].empty()) return false;
      found.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  *fields = std::move(found);
  return true;
}

}  // namespace

const std::vector<Route>& Routes() {
  static const auto& routes = *new std::vector<Route>{
      {"GET", "/v1/rollouts", "haldane.v1.Rollouts.List"},
      {"POST", "/v1/rollouts", "haldane.v1.Rollouts.Create"},
      {"GET", "/v1/rollouts/{rollout}", "haldane.v1.Rollouts.Get"},
      {"POST", "/v1/rollouts/{rollout}/abort", "haldane.v1.Rollouts.Abort"},
      {"GET", "/v1/rollouts/{rollout}/log", "haldane.v1.Audit.ReadLog"},
      {"GET", "/v1/rollouts/{rollout}/overrides", "haldane.v1.Overrides.List"},
      {"POST", "/v1/rollouts/{rollout}/overrides", "haldane.v1.Overrides.Apply"},
      {"POST", "/v1/rollouts/{rollout}/overrides/{id}/revoke", "haldane.v1.Overrides.Revoke"},
      {"GET", "/v1/overrides", "haldane.v1.Overrides.List"},
      {"GET", "/v1/profiles", "haldane.v1.Profiles.List"},
      {"GET", "/v1/profiles/{service}", "haldane.v1.Profiles.Get"},
      {"POST", "/v1/profiles/{service}/learn", "haldane.v1.Profiles.Learn"},
      {"GET", "/v1/guard/runs", "haldane.v1.Guard.List"},
      {"POST", "/v1/guard/runs", "haldane.v1.Guard.Report"},
      {"GET", "/v1/guard/runs/{run_id}", "haldane.v1.Guard.Get"},
      {"GET", "/v1/guard/findings", "haldane.v1.Guard.ListFindings"},
      {"GET", "/v1/fleet", "haldane.v1.Fleet.List"},
      {"GET", "/v1/fleet/{host}", "haldane.v1.Fleet.Get"},
      {"POST", "/v1/fleet/kill", "haldane.v1.Fleet.Kill"},
      {"POST", "/v1/fleet/arm", "haldane.v1.Fleet.Arm"},
      {"GET", "/v1/identity", "haldane.v1.Identity.Get"},
      {"GET", "/v1/tokens", "haldane.v1.Tokens.List"},
      {"POST", "/v1/tokens", "haldane.v1.Tokens.Create"},
      {"POST", "/v1/tokens/{id}/revoke", "haldane.v1.Tokens.Revoke"},
      {"GET", "/v1/audit/logs", "haldane.v1.Audit.ListLogs"},
      {"GET", "/v1/audit/records", "haldane.v1.Audit.ListRecords"},
  };
  return routes;
}

Match FindRoute(absl::string_view method, absl::string_view path) {
  Match match;
  for (const Route& route : Routes()) {
    std::map<std::string, std::string> fields;
    if (!Matches(route.path, path, &fields)) continue;
    match.path_known = true;
    if (route.method != method) continue;
    match.route = &route;
    match.fields = std::move(fields);
    return match;
  }
  return match;
}

}  // namespace haldane::controller
