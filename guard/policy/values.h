#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/address/ip.h"
#include "guard/policy/settings.h"

// Values of a policy that are more than a word or a number. Failures are
// INVALID_ARGUMENT: "is what it is; what to write instead".
namespace haldane::guard {

// "50%" is 0.5 cores, "250%" two and a half.
absl::StatusOr<double> ParseCores(absl::string_view text);
// "512MiB" in bytes; KiB, MiB, GiB and TiB.
absl::StatusOr<uint64_t> ParseBytes(absl::string_view text);
// "2026-12-01": the moment at which that day is over, in UTC.
absl::StatusOr<absl::Time> ParseEndOfDay(absl::string_view text);
// "10.0.0.53", "10.0.0.53:5353", "2001:db8::53", "[2001:db8::53]:5353".
absl::StatusOr<UpstreamServer> ParseServer(absl::string_view text);
// One block or address per line; # begins a comment. The message names the line.
absl::StatusOr<std::vector<Cidr>> ParseCidrList(absl::string_view text);

}  // namespace haldane::guard
