#include <cmath>

#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Each host's log rate is a random walk that never comes back.
class Drifting : public NoiseModel {
 public:
  Drifting(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.5, random), log_rates_(static_cast<std::size_t>(hosts()), 0) {}

 protected:
  void Advance() override {
    for (double& rate : log_rates_) rate += kStep * NoiseModel::random().Normal();
  }
  double RateFactor(int host) override { return std::exp(log_rates_[host]); }

 private:
  static constexpr double kStep = 0.0071;  // 0.3 / sqrt(1800)
  std::vector<double> log_rates_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeDrift(const FleetSetup& setup, Random random) {
  return std::make_unique<Drifting>(setup, random);
}

}  // namespace haldane::benchmarks
