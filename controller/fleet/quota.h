#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// What one host may claim. Agents are not trusted: a message beyond a quota is
// refused whole with INVALID_ARGUMENT, naming the field, the value, the limit.

// Processes of a host: 4,096 that live and 1,024 whose end is not yet forgotten.
constexpr size_t kMaxProcesses = 5120;
// Bytes of all samples of a host.
constexpr size_t kMaxHostBytes = 8 << 20;
// Different values of the label `service` on a host.
constexpr size_t kMaxServices = 256;
// Counters are exact as doubles, and no machine counts this far.
constexpr uint64_t kMaxCount = uint64_t{1} << 53;

// Checks the fields of a message on their own, without regard to what the host
// said before.
absl::Status CheckHello(const haldane::v1::Hello& hello);
absl::Status CheckReport(const haldane::v1::Report& report);

}  // namespace haldane::controller
