#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Hosts have rates of their own, for good.
class UnlikeHosts : public NoiseModel {
 public:
  UnlikeHosts(const FleetSetup& setup, double rate, double cv, Random random)
      : NoiseModel(setup, rate, random), spread_(HostSpread(hosts(), cv, NoiseModel::random())) {}

 protected:
  double RateFactor(int host) override { return spread_[host]; }

 private:
  std::vector<double> spread_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeHostSpread10(const FleetSetup& setup, Random random) {
  return std::make_unique<UnlikeHosts>(setup, 0.5, 0.1, random);
}

std::unique_ptr<NoiseModel> MakeHostSpread100(const FleetSetup& setup, Random random) {
  return std::make_unique<UnlikeHosts>(setup, 0.5, 1, random);
}

std::unique_ptr<NoiseModel> MakeHostSpread30(const FleetSetup& setup, Random random) {
  return std::make_unique<UnlikeHosts>(setup, 0.2, 0.3, random);
}

std::unique_ptr<NoiseModel> MakeHostSpread30High(const FleetSetup& setup, Random random) {
  return std::make_unique<UnlikeHosts>(setup, 5, 0.3, random);
}

std::unique_ptr<NoiseModel> MakeHostSpread60(const FleetSetup& setup, Random random) {
  return std::make_unique<UnlikeHosts>(setup, 0.5, 0.6, random);
}

}  // namespace haldane::benchmarks
