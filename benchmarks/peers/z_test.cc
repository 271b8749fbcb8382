#include "benchmarks/peers/z_test.h"

#include <cmath>

#include "benchmarks/peers/normal.h"

namespace haldane::benchmarks {

RepeatedZTest::RepeatedZTest(const Options& options)
    : options_(options), bound_(NormalQuantile(1 - options.alpha)) {}

Decision RepeatedZTest::Observe(const Second& second) {
  const HostSecond canary = Total(second.canary);
  const HostSecond baseline = Total(second.baseline);
  if (canary.exposure > 0 && baseline.exposure > 0) {
    const double share = canary.exposure / (canary.exposure + baseline.exposure);
    const double events = canary.events + baseline.events;
    canary_ += canary.events;
    events_ += events;
    expected_ += events * share;
    variance_ += events * share * (1 - share);
  }
  return StopScore() > bound_ ? Decision::kStop : Decision::kContinue;
}

double RepeatedZTest::StopScore() const {
  if (events_ < options_.min_events || !(variance_ > 0)) return 0;
  return (canary_ - expected_) / std::sqrt(variance_);
}

}  // namespace haldane::benchmarks
