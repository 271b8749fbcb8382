#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "controller/auth/role.h"

namespace haldane::controller {

// Which groups of people have which role, as the operator says:
// "admin=platform,oncall=sre,oncall=web-oncall,viewer=*". The strongest role of
// all groups counts; * stands for everybody who is known at all.
class RoleGroups {
 public:
  // INVALID_ARGUMENT naming the part that cannot be meant so.
  static absl::StatusOr<RoleGroups> Parse(absl::string_view text);

  // The role of somebody in these groups; nothing when none has one.
  std::optional<Role> RoleOf(const std::vector<std::string>& groups) const;

 private:
  std::map<std::string, Role> roles_;  // by group
};

}  // namespace haldane::controller
