#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::testing {

// A moment to count from.
inline absl::Time Start() { return absl::FromUnixSeconds(1'800'000'000); }

// Canary revision=new against baseline revision=old of service web; both
// signals tolerate 1.5x and roll back; window 10 s to 120 s, warm-up 5 s.
haldane::v1::Plan TestPlan();
// The same, judging these signals by their defaults.
haldane::v1::Plan TestPlan(const std::vector<std::string>& signals);

// Bytes of events, as the log has them.
std::string CreatedBytes(const haldane::v1::Plan& plan, absl::Time time);
std::string CreatedBytes(const haldane::v1::Created& created, absl::Time time);
std::string TickBytes(const haldane::v1::Tick& tick, absl::Time time);
std::string VerdictBytes(const haldane::v1::Verdict& verdict, absl::Time time);
std::string AbortedBytes(const std::string& reason, absl::Time time);

}  // namespace haldane::testing
