#include "plan/signals.h"

namespace haldane::plan {
namespace {

constexpr Signal kSignals[] = {
    {.name = "ruby.exceptions",
     .kind = SignalKind::kCount,
     .what = "exceptions raised, handled ones included, control flow excluded",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0.0005,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 2,
     .by_default = true},
    {.name = "http.5xx",
     .kind = SignalKind::kProportion,
     .what = "responses with a status of 500 to 599",
     .exposure = "request",
     .tolerate_ratio = 1.10,
     .tolerate_absolute = 0.0005,
     .action = haldane::v1::ACTION_ROLLBACK,
     .weight = 3,
     .by_default = true},
    // Clients cause most of these, so by default they inform and do not decide.
    {.name = "http.4xx",
     .kind = SignalKind::kProportion,
     .what = "responses with a status of 400 to 499",
     .exposure = "request",
     .tolerate_ratio = 1.25,
     .tolerate_absolute = 0.001,
     .action = haldane::v1::ACTION_OBSERVE,
     .weight = 1,
     .by_default = false},
};

}  // namespace

absl::Span<const Signal> KnownSignals() { return kSignals; }

const Signal* FindSignal(absl::string_view name) {
  for (const Signal& signal : kSignals) {
    if (signal.name == name) return &signal;
  }
  return nullptr;
}

absl::string_view ActionName(haldane::v1::Action action) {
  switch (action) {
    case haldane::v1::ACTION_ROLLBACK:
      return "rollback";
    case haldane::v1::ACTION_HALT:
      return "halt";
    case haldane::v1::ACTION_OBSERVE:
      return "observe";
    default:
      return "unspecified";
  }
}

}  // namespace haldane::plan
