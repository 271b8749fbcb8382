#include "benchmarks/verdicts/progress.h"

#include <chrono>
#include <cstdio>

namespace haldane::benchmarks {

void Progress(absl::string_view study, absl::string_view part) {
  using Clock = std::chrono::steady_clock;
  static const Clock::time_point start = Clock::now();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::fprintf(stderr, "%7.1f s  %.*s: %.*s\n", seconds, static_cast<int>(study.size()), study.data(),
               static_cast<int>(part.size()), part.data());
}

}  // namespace haldane::benchmarks
