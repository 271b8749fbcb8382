#pragma once

#include <optional>

#include "absl/strings/string_view.h"

namespace haldane::controller {

// What a caller may do. People and pipelines have one of the four from viewer
// on, each of which may do all that those before it may.
enum class Role {
  kAgent,     // Telemetry, and reports of guarded runs
  kViewer,    // read everything
  kDeployer,  // open rollouts, wait for them, end them
  kOncall,    // override verdicts, switch probes off
  kAdmin,     // tokens, audit records
};

// "agent", "viewer", "deployer", "oncall" or "admin".
inline absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAgent:
      return "agent";
    case Role::kViewer:
      return "viewer";
    case Role::kDeployer:
      return "deployer";
    case Role::kOncall:
      return "oncall";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

// The role of this name; nothing for other names.
inline std::optional<Role> RoleNamed(absl::string_view name) {
  for (const Role role : {Role::kAgent, Role::kViewer, Role::kDeployer, Role::kOncall, Role::kAdmin}) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

// True where somebody with role `has` may do what needs `needs`.
inline bool Suffices(Role has, Role needs) {
  if (has == Role::kAgent || needs == Role::kAgent) return has == needs;
  return has >= needs;
}

// What a call needs: a role, and for some calls an agent will do as well.
struct Needs {
  Needs(Role role, bool or_agent = false) : role(role), or_agent(or_agent) {}  // a role alone, as a rule

  Role role;
  bool or_agent;
};

inline bool Suffices(Role has, const Needs& needs) {
  return (needs.or_agent && has == Role::kAgent) || Suffices(has, needs.role);
}

}  // namespace haldane::controller
