#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

// What a signal's numbers are, and so how it is judged.
enum class SignalKind {
  kCount,         // any number of events per unit of exposure
  kProportion,    // a unit of exposure is an event or is not
  kDistribution,  // a value per event: quantiles are compared
  kNovelty,       // classes of event that the baseline never had
  kRareEvent,     // a handful in a process's life
  kDrift,         // a level, whose growth is compared
};

// A signal that this version can judge, and how it is judged when a plan says
// no more than its name.
struct Signal {
  absl::string_view name;
  SignalKind kind;
  absl::string_view what;      // what one event, or the level, is
  absl::string_view exposure;  // what events are divided by; a level's unit
  double tolerate_ratio;
  double tolerate_absolute;  // events per unit of exposure; for a level, extra growth per hour
  haldane::v1::Action action;
  double weight;
  bool by_default;  // judged when a plan names no signals
  haldane::v1::Direction bad = haldane::v1::DIRECTION_UP;
  double quantiles[2] = {};  // of a distribution; 0 for none
};

// Every signal, in the order in which they are shown. The one list: plans,
// controller and documentation read it.
absl::Span<const Signal> KnownSignals();

// The signal of that name, or null.
const Signal* FindSignal(absl::string_view name);

// "rollback", "halt" or "observe", as plans write it; "unspecified" for others.
absl::string_view ActionName(haldane::v1::Action action);

// "up", "down" or "either"; "unspecified" for others.
absl::string_view DirectionName(haldane::v1::Direction direction);

// "wait", "halt" or "drop_signal"; "unspecified" for others.
absl::string_view MissingPolicyName(haldane::v1::MissingPolicy policy);

// "required" or "optional"; "unspecified" for others.
absl::string_view GuardRunsName(haldane::v1::GuardRunsWanted runs);

// "request" or "cpu_second"; "unspecified" for others.
absl::string_view ExposureUnitName(haldane::v1::ExposureUnit unit);

// True when the signal is read from HTTP responses, so that a service without
// HTTP cannot have it.
bool NeedsHttp(absl::string_view signal);

// True for signals whose events are summed and divided by an exposure.
bool IsRate(SignalKind kind);

// Whether proceed waits by default until a signal of this kind is demonstrably
// within tolerance: rates and distributions can show that in minutes. The
// others are guards, which can stop a rollout and no more.
bool RequiredByDefault(SignalKind kind);

}  // namespace haldane::plan
