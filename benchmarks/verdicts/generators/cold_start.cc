#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// The canary has just started and fails more until it is warm. Its first
// seconds are not looked at.
class ColdCanary : public NoiseModel {
 public:
  ColdCanary(const FleetSetup& setup, Random random) : NoiseModel(setup, 0.1, random) {}

 protected:
  double RateFactor(int host) override { return Restarted(host) ? ColdFactor(now()) : 1; }
  bool Reports(int host) override { return !Restarted(host) || now() >= kAgeGate; }

 private:
  bool Restarted(int host) const { return IsCanary(host) && now() >= 0; }
};

}  // namespace

std::unique_ptr<NoiseModel> MakeColdStart(const FleetSetup& setup, Random random) {
  return std::make_unique<ColdCanary>(setup, random);
}

}  // namespace haldane::benchmarks
