#include "benchmarks/verdicts/generators/models.h"

namespace haldane::benchmarks {
namespace {

// A service that hardly anybody uses: most seconds have no request, and a
// request fails with a probability of a tenth.
class Sparse : public NoiseModel {
 public:
  Sparse(const FleetSetup& setup, Random random) : NoiseModel(setup, 0.1 * kRequests, random) {}

 protected:
  double LoadFactor(int) override { return random().Poisson(0.2) / kRequests; }
};

}  // namespace

std::unique_ptr<NoiseModel> MakeSparseTraffic(const FleetSetup& setup, Random random) {
  return std::make_unique<Sparse>(setup, random);
}

}  // namespace haldane::benchmarks
