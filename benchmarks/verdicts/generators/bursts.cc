#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Single hosts emit bursts: one cause, many events.
class Bursting : public NoiseModel {
 public:
  Bursting(const FleetSetup& setup, double chance, HostBursts::Size size, Random random)
      : NoiseModel(setup, 0.05, random), bursts_(hosts(), chance, size) {}

 protected:
  double Extra(int host) override { return bursts_.Emit(host, random()); }

 private:
  HostBursts bursts_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeBursts(const FleetSetup& setup, Random random) {
  return std::make_unique<Bursting>(setup, 1.0 / 300, HostBursts::Size::kExponential, random);
}

std::unique_ptr<NoiseModel> MakeParetoBursts(const FleetSetup& setup, Random random) {
  return std::make_unique<Bursting>(setup, 1.0 / 200, HostBursts::Size::kPareto, random);
}

}  // namespace haldane::benchmarks
