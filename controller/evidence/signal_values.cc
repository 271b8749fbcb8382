#include "controller/evidence/signal_values.h"

#include <algorithm>

namespace haldane::controller {

std::optional<SignalValue> ReadSignal(absl::string_view name, const haldane::v1::Counters& counters) {
  const uint64_t requests = counters.http_requests();
  if (name == "ruby.exceptions") {
    const uint64_t control_flow = std::min(counters.exceptions_control_flow(), counters.exceptions());
    return SignalValue{.events = counters.exceptions() - control_flow, .exposure = requests};
  }
  if (name == "http.5xx") return SignalValue{.events = counters.http_5xx(), .exposure = requests};
  if (name == "http.4xx") return SignalValue{.events = counters.http_4xx(), .exposure = requests};
  return std::nullopt;
}

bool NeedsExceptionProbe(absl::string_view name) { return name == "ruby.exceptions"; }

}  // namespace haldane::controller
