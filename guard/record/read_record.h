#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "guard/record/event.h"

namespace haldane::guard {

// The event that a line of a record was written from, as far as the line says
// (what was masked or cut stays so). Lines about the record itself are events
// of kind kGuard. INVALID_ARGUMENT for what is no line of this version.
absl::StatusOr<Event> ReadRecordLine(absl::string_view line);

}  // namespace haldane::guard
