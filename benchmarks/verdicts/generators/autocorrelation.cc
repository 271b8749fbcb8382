#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Each host's rate wanders.
class Wandering : public NoiseModel {
 public:
  Wandering(const FleetSetup& setup, double sd, double seconds, Random random)
      : NoiseModel(setup, 0.5, random), rates_(hosts(), sd, seconds, NoiseModel::random()) {}

 protected:
  void Advance() override { rates_.Advance(random()); }
  double RateFactor(int host) override { return rates_.Factor(host); }

 private:
  DriftingRates rates_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeAutocorrelation(const FleetSetup& setup, Random random) {
  return std::make_unique<Wandering>(setup, 0.5, 60, random);
}

std::unique_ptr<NoiseModel> MakeSlowAutocorrelation(const FleetSetup& setup, Random random) {
  return std::make_unique<Wandering>(setup, 0.4, 300, random);
}

}  // namespace haldane::benchmarks
