#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/policy/policy.h"

namespace haldane::guard {

// Says what the policy makes of `subject` and which rule decides: a name
// ("github.com"), an address ("192.0.2.1") or a destination ("192.0.2.1:443",
// "[2001:db8::1]:853/udp"; TCP when it does not say). Several lines.
// INVALID_ARGUMENT, with what to write, for anything else.
absl::StatusOr<std::string> Explain(const Policy& policy, absl::string_view file_name,
                                    absl::string_view subject);

// What is allowed in a policy and yet probably not what its author meant, one
// line each with the line in the file: rules that never decide anything because
// another always does, waivers that have expired.
std::vector<std::string> FindOddities(const Policy& policy, absl::string_view file_name, absl::Time now);

}  // namespace haldane::guard
