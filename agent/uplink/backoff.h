#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "absl/time/time.h"

namespace haldane::agent {

// Pauses between attempts to connect: from 0.2 s, growing threefold at most, to
// 10 s, each drawn at random so that a fleet does not return all at once.
class Backoff {
 public:
  static constexpr absl::Duration kMin = absl::Milliseconds(200);
  static constexpr absl::Duration kMax = absl::Seconds(10);

  explicit Backoff(uint64_t seed) : random_(seed) {}

  // The next pause.
  absl::Duration Next() {
    std::uniform_real_distribution<double> pause(absl::ToDoubleSeconds(kMin),
                                                 absl::ToDoubleSeconds(last_) * 3);
    last_ = std::min(absl::Seconds(pause(random_)), kMax);
    return last_;
  }
  // A connection has worked.
  void Reset() { last_ = kMin; }

 private:
  std::mt19937_64 random_;
  absl::Duration last_ = kMin;
};

}  // namespace haldane::agent
