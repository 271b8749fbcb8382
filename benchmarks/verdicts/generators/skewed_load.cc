#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// The canary hosts get a tenth of the traffic of the others.
class SkewedLoad : public NoiseModel {
 public:
  SkewedLoad(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.5, random), spread_(HostSpread(hosts(), 0.2, NoiseModel::random())) {}

 protected:
  double RateFactor(int host) override { return spread_[host]; }
  double LoadFactor(int host) override { return IsCanary(host) ? 0.1 : 1; }

 private:
  std::vector<double> spread_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeSkewedLoad(const FleetSetup& setup, Random random) {
  return std::make_unique<SkewedLoad>(setup, random);
}

}  // namespace haldane::benchmarks
