#include "guard/policy/rule.h"

#include <algorithm>

#include "guard/dns/name.h"

namespace haldane::guard {

bool Rule::CoversPort(uint16_t port, Transport used) const {
  if (transport != Transport::kAny && transport != used) return false;
  return ports.empty() || std::binary_search(ports.begin(), ports.end(), port);
}

bool Rule::CoversName(absl::string_view asked) const {
  switch (scope) {
    case RuleScope::kExact:
      return asked == name;
    case RuleScope::kSuffix:
      return asked == name || IsBelow(asked, name);
    case RuleScope::kSubdomains:
      return IsBelow(asked, name);
    case RuleScope::kCidr:
      return false;
  }
  return false;
}

}  // namespace haldane::guard
