#include <algorithm>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Requests that fail, each on its own, at a rate of the host's own: a
// proportion, never more than one event a request.
class Proportion : public NoiseModel {
 public:
  Proportion(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.4, random), spread_(HostSpread(hosts(), 0.1, NoiseModel::random())) {}

 protected:
  double RateFactor(int host) override { return spread_[host]; }
  double Draw(double mean, double exposure) override {
    return random().Binomial(static_cast<int>(exposure), std::min(1.0, mean / exposure));
  }

 private:
  std::vector<double> spread_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeProportion(const FleetSetup& setup, Random random) {
  return std::make_unique<Proportion>(setup, random);
}

}  // namespace haldane::benchmarks
