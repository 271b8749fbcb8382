#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// A dependency fails now and then, for everyone, alike or not.
class Shaken : public NoiseModel {
 public:
  Shaken(const FleetSetup& setup, double host_sd, Random random)
      : NoiseModel(setup, 0.1, random), incidents_(hosts(), 1.0 / 400, host_sd) {}

 protected:
  void Advance() override { incidents_.Advance(random()); }
  double RateFactor(int host) override { return incidents_.Factor(host); }

 private:
  SharedIncidents incidents_;
};

}  // namespace

std::unique_ptr<NoiseModel> MakeSharedIncident(const FleetSetup& setup, Random random) {
  return std::make_unique<Shaken>(setup, 0, random);
}

std::unique_ptr<NoiseModel> MakeUnequalIncident(const FleetSetup& setup, Random random) {
  return std::make_unique<Shaken>(setup, 0.5, random);
}

}  // namespace haldane::benchmarks
