#include "cli/commands/failure.h"

#include <string>

#include "absl/strings/str_split.h"

namespace haldane::cli {

int Fail(const Console& console, ExitCode code, const absl::Status& failure) {
  for (const absl::string_view line : absl::StrSplit(failure.message(), '\n', absl::SkipEmpty())) {
    console.err << Paint(console.err_style, Color::kRed, "haldane:") << " " << Printable(line) << std::endl;
  }
  return code;
}

int FailCall(const Console& console, const absl::Status& failure) {
  return Fail(console, ExitCodeOf(failure), failure);
}

}  // namespace haldane::cli
