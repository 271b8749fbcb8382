#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace haldane::agent {

// How one signal is counted, for people: docs/signals.md is made of this and of
// plan/signals.h, which says what the signal is and how it is judged.
struct SignalSource {
  absl::string_view name;     // of plan/signals.h
  absl::string_view group;    // ProbeGroup::name of what counts it
  absl::string_view source;   // with the profile `full`
  absl::string_view reduced;  // with the profile `reduced`, where it differs
  absl::string_view cost;     // for whom, how often; benchmarks/probes has the numbers
  absl::string_view gaps;     // what it misses or sees wrongly
};

// Every signal, in the order of plan/signals.h.
absl::Span<const SignalSource> SignalSources();

}  // namespace haldane::agent
