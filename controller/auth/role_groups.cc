#include "controller/auth/role_groups.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/log.h"

namespace haldane::controller {

absl::StatusOr<RoleGroups> RoleGroups::Parse(absl::string_view text) {
  RoleGroups groups;
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    const std::optional<Role> role = RoleNamed(absl::StripAsciiWhitespace(pair.first));
    const absl::string_view group = absl::StripAsciiWhitespace(pair.second);
    if (!role || *role == Role::kAgent || group.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--role_groups: ", JsonQuote(part),
                       " is not ROLE=GROUP with role viewer, deployer, oncall or admin"));
    }
    const auto [entry, added] = groups.roles_.emplace(std::string(group), *role);
    if (!added) entry->second = std::max(entry->second, *role);
  }
  return groups;
}

std::optional<Role> RoleGroups::RoleOf(const std::vector<std::string>& groups) const {
  std::optional<Role> best;
  const auto consider = [&](const std::string& group) {
    const auto found = roles_.find(group);
    if (found != roles_.end() && (!best || *best < found->second)) best = found->second;
  };
  consider("*");
  for (const std::string& group : groups) {
    if (group != "*") consider(group);
  }
  return best;
}

}  // namespace haldane::controller
