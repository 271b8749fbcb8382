#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Every second of every host has a rate of its own: negative binomial counts.
class TickNoise : public NoiseModel {
 public:
  TickNoise(const FleetSetup& setup, Random random) : NoiseModel(setup, 1, random) {}

 protected:
  double RateFactor(int) override { return random().Gamma(0.2) / 0.2; }
};

}  // namespace

std::unique_ptr<NoiseModel> MakeTickNoise(const FleetSetup& setup, Random random) {
  return std::make_unique<TickNoise>(setup, random);
}

}  // namespace haldane::benchmarks
