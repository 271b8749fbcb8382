#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// One signal's part of a process's counters.
struct SignalValue {
  uint64_t events = 0;
  uint64_t exposure = 0;
};

// Reads a signal by its name from plan/signals.h out of counters, be they totals
// or differences of totals. Nothing for a name that is not a signal.
std::optional<SignalValue> ReadSignal(absl::string_view name, const haldane::v1::Counters& counters);

// True for signals that are only as good as the exception probe.
bool NeedsExceptionProbe(absl::string_view name);

}  // namespace haldane::controller
