#pragma once

#include <algorithm>

namespace haldane::benchmarks {

// What is wrong with the canary's revision: its steady event rate is
// multiplied, from `onset` seconds into the rollout. Bursts, which are not its
// fault, are left alone.
struct Harm {
  enum class Shape {
    kStep,       // at once, on every canary host
    kRamp,       // growing linearly over ten minutes
    kOneHost,    // at once, on the first canary host only
    kUnderLoad,  // on every canary host, in the seconds in which it has more than its usual load
  };
  double ratio = 1;  // 1: nothing is wrong
  Shape shape = Shape::kStep;
  int onset = 0;

  // The factor on canary host `host` at second `now` of the rollout, when its
  // load is `load` times the usual.
  double At(int host, int now, double load = 1) const {
    if (now < onset || (shape == Shape::kOneHost && host > 0)) return 1;
    if (shape == Shape::kUnderLoad && load <= 1) return 1;
    if (shape != Shape::kRamp) return ratio;
    return 1 + (ratio - 1) * std::min(1.0, (now - onset) / 600.0);
  }
};

}  // namespace haldane::benchmarks
