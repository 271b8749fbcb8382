#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace haldane::benchmarks {

// The command line of bench-verdicts.
struct Arguments {
  bool help = false;
  bool quick = false;  // a small part of the grid, in a minute or two
  int runs = 0;        // rollouts for each harmless condition; 0 for the grid's own number
  int threads = 2;
  std::string json = "build/bench/verdicts.json";
  std::string markdown;  // where the report goes, its plots into plots/ beside it; empty for nowhere
  std::string kept = "build/bench/cells";  // finished cells; empty for nowhere
};

// The error names the argument and says what it takes.
absl::StatusOr<Arguments> ParseArguments(int argc, const char* const* argv);

extern const char kUsage[];

}  // namespace haldane::benchmarks
