#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Machines of unlike size in both cohorts, and not quite alike in their rates.
class UnequalHosts : public NoiseModel {
 public:
  UnequalHosts(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.5, random),
        loads_(LogNormalSpread(hosts(), 0.8, NoiseModel::random())),
        spread_(HostSpread(hosts(), 0.2, NoiseModel::random())) {}

 protected:
  double LoadFactor(int host) override { return loads_[host]; }
  double RateFactor(int host) override { return spread_[host]; }

 private:
  std::vector<double> loads_;
  std::vector<double> spread_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeUnequalHosts(const FleetSetup& setup, Random random) {
  return std::make_unique<UnequalHosts>(setup, random);
}

}  // namespace haldane::benchmarks
