#pragma once

#include <vector>

namespace haldane::benchmarks {

// What one host did in one second. Exposure 0 means that it had no data, which
// is not zero events.
struct HostSecond {
  double events = 0;
  double exposure = 0;
};

// One second of a rollout; the hosts of a cohort keep their places.
struct Second {
  std::vector<HostSecond> canary;
  std::vector<HostSecond> baseline;
};

enum class Decision { kContinue, kStop, kProceed };

// A rule that watches a rollout, second by second, and says what to do with it.
// Haldane's engine and every peer stand behind this interface, so that all see
// the same seconds. Judges are deterministic and are used by one thread.
class Judge {
 public:
  virtual ~Judge() = default;

  // A second before the rollout, when all hosts ran the old revision; all of
  // them come before the first Observe. Most judges have no use for it.
  virtual void ObserveBefore(const Second& /*second*/) {}

  // The next second. The first answer that is not kContinue is the decision; a
  // judge goes on judging after it, so that one pass also tells when a judge
  // with another bound would have decided.
  virtual Decision Observe(const Second& second) = 0;

  // The number whose bound makes this judge stop, on a scale of its own: with a
  // higher bound x it would have stopped when this first exceeded x. Comparing
  // judges at an equal rate of false stops means moving these bounds.
  virtual double StopScore() const = 0;
};

// Events and exposure of several hosts together.
inline HostSecond Total(const std::vector<HostSecond>& hosts) {
  HostSecond total;
  for (const HostSecond& host : hosts) {
    total.events += host.events;
    total.exposure += host.exposure;
  }
  return total;
}

}  // namespace haldane::benchmarks
