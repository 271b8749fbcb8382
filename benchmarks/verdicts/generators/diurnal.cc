#include <cmath>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Load and rate move in waves of their own, the load of each host noisily.
class Diurnal : public NoiseModel {
 public:
  Diurnal(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.2, random),
        rate_wave_(0.6, 1200, NoiseModel::random()),
        load_wave_(0.6, 900, NoiseModel::random()) {}

 protected:
  double RateFactor(int) override { return rate_wave_.At(now()); }
  double LoadFactor(int) override { return load_wave_.At(now()) * std::exp(0.3 * random().Normal() - 0.045); }

 private:
  Wave rate_wave_;
  Wave load_wave_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeDiurnal(const FleetSetup& setup, Random random) {
  return std::make_unique<Diurnal>(setup, random);
}

}  // namespace haldane::benchmarks
