#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace haldane::agent {

// A distribution's build of Ruby in which rb_longjmp was found once and confirmed
// by counting: tests/bpf/ruby_matrix_test.cc finds each of these that it can get
// there again, and counts.
struct KnownBuild {
  absl::string_view build_id;  // hex, whole
  uint64_t longjmp = 0;        // address of rb_longjmp, as symbols have it
  absl::string_view package;   // for people
};

absl::Span<const KnownBuild> KnownBuilds();

}  // namespace haldane::agent
