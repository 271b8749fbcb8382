#pragma once

#include "absl/strings/string_view.h"

namespace haldane::benchmarks {

// Says on stderr that a part of a study is done, and how long all has taken.
void Progress(absl::string_view study, absl::string_view part);

}  // namespace haldane::benchmarks
