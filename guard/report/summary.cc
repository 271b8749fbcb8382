#include "guard/report/summary.h"

#include <algorithm>
#include <set>

namespace haldane::guard {

uint64_t Summary::new_domains() const {
  return static_cast<uint64_t>(
      std::count_if(domains.begin(), domains.end(), [](const auto& domain) { return domain.second.is_new; }));
}

uint64_t Summary::CountFindingNames(Action action) const {
  std::set<std::string> names;
  for (const Finding& finding : findings) {
    if (finding.action == action && !finding.waived) names.insert(finding.name);
  }
  return names.size();
}

absl::string_view FindingClassName(FindingClass what) {
  static constexpr absl::string_view kNames[] = {"direct", "hidden", "delegated"};
  return kNames[static_cast<int>(what)];
}

}  // namespace haldane::guard
