#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "controller/evidence/unit_tick.h"
#include "haldane/v1/plan.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// One signal's part of some counters.
struct SignalValue {
  double events = 0;
  double exposure = 0;
};

// Reads a rate by its name from plan/signals.h out of counters, be they totals
// or differences of totals. Nothing for a name that is not a rate, and for
// http.requests, whose exposure is time.
std::optional<SignalValue> ReadSignal(
    absl::string_view name, const haldane::v1::Counters& counters,
    haldane::v1::ExposureUnit exposure = haldane::v1::EXPOSURE_UNIT_REQUEST);

// The same out of what a unit did in a tick, http.requests and the rare events
// included. Zeros for a name that is neither.
SignalValue ReadSignal(absl::string_view name, const UnitTick& tick, haldane::v1::ExposureUnit exposure);

// True for signals that are only as good as the exception probe.
bool NeedsExceptionProbe(absl::string_view name);

}  // namespace haldane::controller
