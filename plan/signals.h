#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "haldane/v1/plan.pb.h"

namespace haldane::plan {

// How the events of a signal relate to its exposure.
enum class SignalKind {
  kCount,       // any number of events per unit of exposure
  kProportion,  // a unit of exposure is an event or is not
};

// A signal that this version can judge, and how it is judged when a plan says
// no more than its name.
struct Signal {
  absl::string_view name;
  SignalKind kind;
  absl::string_view what;      // what one event is
  absl::string_view exposure;  // what its events are divided by
  double tolerate_ratio;
  double tolerate_absolute;  // events per unit of exposure
  haldane::v1::Action action;
  double weight;
  bool by_default;  // judged when a plan names no signals
};

// Every signal, in the order in which they are shown. The one list: plans,
// controller and documentation read it.
absl::Span<const Signal> KnownSignals();

// The signal of that name, or null.
const Signal* FindSignal(absl::string_view name);

// "rollback", "halt" or "observe", as plans write it; "unspecified" for others.
absl::string_view ActionName(haldane::v1::Action action);

}  // namespace haldane::plan
