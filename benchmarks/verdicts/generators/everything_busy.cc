#include <cmath>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// A bit of everything on a busy fleet, where evidence, real or not, is plenty.
class EverythingBusy : public NoiseModel {
 public:
  EverythingBusy(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 3, random),
        spread_(HostSpread(hosts(), 0.3, NoiseModel::random())),
        rates_(hosts(), 0.3, 120, NoiseModel::random()),
        incidents_(hosts(), 1.0 / 400, 0.5),
        bursts_(hosts(), 1.0 / 300, HostBursts::Size::kExponential),
        rate_wave_(0.6, 1200, NoiseModel::random()),
        load_wave_(0.6, 900, NoiseModel::random()) {}

 protected:
  void Advance() override {
    rates_.Advance(random());
    incidents_.Advance(random());
  }
  double RateFactor(int host) override {
    return spread_[host] * rates_.Factor(host) * incidents_.Factor(host) * rate_wave_.At(now()) *
           (random().Gamma(2) / 2);
  }
  double LoadFactor(int) override { return load_wave_.At(now()) * std::exp(0.3 * random().Normal() - 0.045); }
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

std::unique_ptr<NoiseModel> MakeEverythingBusy(const FleetSetup& setup, Random random) {
  return std::make_unique<EverythingBusy>(setup, random);
}

}  // namespace haldane::benchmarks
