#pragma once

#include "absl/time/time.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

inline constexpr double kDefaultFalseStop = 0.01;
inline constexpr double kDefaultMissed = 0.05;
inline constexpr uint32_t kDefaultMinHosts = 1;
absl::Duration DefaultMin();
absl::Duration DefaultMax();
absl::Duration DefaultWarmup();

// The plan with everything filled in that it leaves unset, and its labels in
// order. What is set stays, however wrong: ValidatePlan judges the result.
// Applying it twice changes nothing.
haldane::v1::Plan WithDefaults(haldane::v1::Plan plan);

// Between a plan's times and absl's. A time on the wire may be out of range;
// then so is the result.
absl::Duration FromProto(const google::protobuf::Duration& duration);
google::protobuf::Duration ToProto(absl::Duration duration);

}  // namespace haldane::plan
