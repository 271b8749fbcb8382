#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Independent events at one constant rate: what every textbook test assumes.
class Steady : public NoiseModel {
 public:
  using NoiseModel::NoiseModel;
};

}  // namespace

std::unique_ptr<NoiseModel> MakePoisson(const FleetSetup& setup, Random random) {
  return std::make_unique<Steady>(setup, 0.05, random);
}

std::unique_ptr<NoiseModel> MakePoissonHigh(const FleetSetup& setup, Random random) {
  return std::make_unique<Steady>(setup, 2, random);
}

std::unique_ptr<NoiseModel> MakeLow(const FleetSetup& setup, Random random) {
  return std::make_unique<Steady>(setup, 0.001, random);
}

std::unique_ptr<NoiseModel> MakeNever(const FleetSetup& setup, Random random) {
  return std::make_unique<Steady>(setup, 0.00001, random);
}

}  // namespace haldane::benchmarks
