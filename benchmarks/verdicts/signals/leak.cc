#include <algorithm>
#include <cmath>

#include "benchmarks/verdicts/signals/signal_kind.h"
#include "stats/drift_signal.h"

namespace haldane::benchmarks {
namespace {

// Memory of each host, in units of the standard deviation of what it gains or
// loses in a minute.
enum class Memory {
  kWalk,        // steps are independent
  kPersistent,  // steps are correlated: 0.7 from one minute to the next
  kJumps,       // now and then a host gains five at once
  kSawTooth,    // a collector takes back what has been gained, every ten minutes or so
  kSlopes,      // hosts grow at rates of their own, spread by half a step
  kShared,      // steps that all hosts share are three times their own
};

class Growing : public SignalFleet {
 public:
  Growing(const Cohorts& cohorts, double leak, Memory memory, Random random)
      : signal_({.margin = 0, .resolution = 0.01}),
        canary_(cohorts.canary),
        leak_(leak),
        memory_(memory),
        random_(random) {
    for (int host = 0; host < cohorts.canary + cohorts.baseline; ++host) {
      signal_.AddHost(host < canary_ ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
      hosts_.push_back({.slope = memory == Memory::kSlopes ? 0.5 * random_.Normal() : 0});
    }
  }

  double Next() override {
    const double shared = memory_ == Memory::kShared ? 3 * random_.Normal() : 0;
    std::vector<stats::HostIncrement> window;
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      const double leak = static_cast<int>(h) < canary_ ? leak_ : 0;
      window.push_back({static_cast<int>(h), Step(hosts_[h]) + shared + leak});
    }
    signal_.Observe(window);
    return signal_.HarmEvidence();
  }

 private:
  struct Host {
    double slope = 0;
    double last = 0;
    double held = 0;  // gained since the collector last ran
  };

  double Step(Host& host) {
    double step = random_.Normal() + host.slope;
    if (memory_ == Memory::kPersistent) {
      host.last = 0.7 * host.last + std::sqrt(1 - 0.49) * step;
      return host.last;
    }
    if (memory_ == Memory::kJumps && random_.Uniform() < 1.0 / 30) step += 5;
    if (memory_ == Memory::kSawTooth) {
      step = std::abs(step);
      host.held += step;
      if (random_.Uniform() < 0.1) {
        step -= host.held;
        host.held = 0;
      }
    }
    return step;
  }

  stats::DriftSignal signal_;
  int canary_;
  double leak_;
  Memory memory_;
  Random random_;
  std::vector<Host> hosts_;
};

SignalKind::Make Leaking(Memory memory) {
  return [memory](const Cohorts& cohorts, double harm, Random random) -> std::unique_ptr<SignalFleet> {
    return std::make_unique<Growing>(cohorts, harm, memory, random);
  };
}

}  // namespace

SignalKind LeakKind() {
  return {.name = "leak",
          .judged_by = "drift_signal.h",
          .tick = 60,
          .ticks = 60,
          .runs = 3000,
          .cohorts = {{5, 5}, {3, 10}, {2, 2}},
          .noises = {{"random walk", Leaking(Memory::kWalk)},
                     {"persistent steps", Leaking(Memory::kPersistent)},
                     {"jumps", Leaking(Memory::kJumps)},
                     {"collector", Leaking(Memory::kSawTooth)},
                     {"hosts grow unlike", Leaking(Memory::kSlopes)},
                     {"shared swings", Leaking(Memory::kShared)}},
          .harms = {{"a leak of half a step a minute", 0.5}, {"a leak of one step a minute", 1}}};
}

}  // namespace haldane::benchmarks
