#include <cmath>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// A bit of everything: unlike hosts whose rates wander, shared incidents that
// hit them unequally, bursts, waves of load.
class Everything : public NoiseModel {
 public:
  Everything(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.1, random),
        spread_(HostSpread(hosts(), 0.3, NoiseModel::random())),
        rates_(hosts(), 0.3, 60, NoiseModel::random()),
        incidents_(hosts(), 1.0 / 500, 0.4),
        bursts_(hosts(), 1.0 / 600, HostBursts::Size::kExponential),
        rate_wave_(0.4, 1200, NoiseModel::random()),
        load_wave_(0.4, 900, NoiseModel::random()) {}

 protected:
  void Advance() override {
    rates_.Advance(random());
    incidents_.Advance(random());
  }
  double RateFactor(int host) override {
    return spread_[host] * rates_.Factor(host) * incidents_.Factor(host) * rate_wave_.At(now());
  }
  double LoadFactor(int) override { return load_wave_.At(now()) * std::exp(0.2 * random().Normal() - 0.02); }
  double Extra(int host) override { return bursts_.Emit(host, random()); }

 private:
  std::vector<double> spread_;
  DriftingRates rates_;
  SharedIncidents incidents_;
  HostBursts bursts_;
  Wave rate_wave_;
  Wave load_wave_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeEverything(const FleetSetup& setup, Random random) {
  return std::make_unique<Everything>(setup, random);
}

}  // namespace haldane::benchmarks
