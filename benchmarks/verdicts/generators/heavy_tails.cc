#include <cmath>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Log-normal throughout, so that nothing is gamma as the engine supposes: hosts
// differ for good, wander within a minute, and have single loud seconds.
class HeavyTails : public NoiseModel {
 public:
  HeavyTails(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.5, random),
        spread_(LogNormalSpread(hosts(), 0.5, NoiseModel::random())),
        rates_(hosts(), 0.5, 60, NoiseModel::random()) {}

 protected:
  void Advance() override { rates_.Advance(random()); }
  double RateFactor(int host) override {
    return spread_[host] * rates_.Factor(host) * std::exp(random().Normal() - 0.5);
  }

 private:
  std::vector<double> spread_;
  DriftingRates rates_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeHeavyTails(const FleetSetup& setup, Random random) {
  return std::make_unique<HeavyTails>(setup, random);
}

}  // namespace haldane::benchmarks
