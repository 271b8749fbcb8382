#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// Every host restarts every ten minutes or so: down for twenty seconds, then
// cold, and not looked at until it is warm.
class Restarting : public NoiseModel {
 public:
  Restarting(const FleetSetup& setup, Random random)
      : NoiseModel(setup, 0.2, random), age_(static_cast<std::size_t>(hosts()), 1e6) {}

 protected:
  void Advance() override {
    for (double& age : age_) age = random().Uniform() < 1.0 / 600 ? -kDown : age + 1;
  }
  double RateFactor(int host) override { return ColdFactor(age_[host]); }
  bool Reports(int host) override { return age_[host] >= kAgeGate; }

 private:
  static constexpr double kDown = 20;
  std::vector<double> age_;  // negative while down
};

}  // namespace

std::unique_ptr<NoiseModel> MakeRestarts(const FleetSetup& setup, Random random) {
  return std::make_unique<Restarting>(setup, random);
}

}  // namespace haldane::benchmarks
