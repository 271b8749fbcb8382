#include "benchmarks/verdicts/arguments.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace haldane::benchmarks {
namespace {

absl::Status ParseCount(absl::string_view name, const std::string& text, int& value) {
  if (absl::SimpleAtoi(text, &value) && value >= 1 && value <= 1000000) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " takes a whole number from 1 to 1000000, not \"", text, "\""));
}

}  // namespace

const char kUsage[] =
    "usage: bench-verdicts [--quick] [--runs N] [--threads N] [--json FILE] [--markdown FILE] [--kept DIR]\n"
    "Compares Haldane's verdict statistics with its peers on simulated rollouts.\n"
    "  --quick          a small part of the grid, in a minute or two\n"
    "  --runs N         rollouts for each harmless condition (300; 40 with --quick)\n"
    "  --threads N      results do not depend on it (2)\n"
    "  --json FILE      where the list of promises goes (build/bench/verdicts.json)\n"
    "  --markdown FILE  whose measured part to replace, plots into plots/ beside it (none)\n"
    "  --kept DIR       where finished cells are kept, so that an interrupted run goes on; \"\" for\n"
    "                   nowhere (build/bench/cells)\n"
    "Exits 1 when a promise is not met, 2 when the arguments or a file are wrong.\n";

absl::StatusOr<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view name = argv[i];
    if (name == "--help") {
      arguments.help = true;
      continue;
    }
    if (name == "--quick") {
      arguments.quick = true;
      continue;
    }
    if (name != "--runs" && name != "--threads" && name != "--json" && name != "--markdown" &&
        name != "--kept") {
      return absl::InvalidArgumentError(absl::StrCat("unknown argument \"", name, "\""));
    }
    if (i + 1 == argc) return absl::InvalidArgumentError(absl::StrCat(name, " takes a value"));
    const std::string value = argv[++i];
    absl::Status status;
    if (name == "--runs") status = ParseCount(name, value, arguments.runs);
    if (name == "--threads") status = ParseCount(name, value, arguments.threads);
    if (name == "--json") arguments.json = value;
    if (name == "--markdown") arguments.markdown = value;
    if (name == "--kept") arguments.kept = value;
    if (!status.ok()) return status;
  }
  return arguments;
}

}  // namespace haldane::benchmarks
