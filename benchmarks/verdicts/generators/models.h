#pragma once

#include <memory>

#include "benchmarks/verdicts/generators/noise_model.h"

// The makers of the noise models, each in a file of its own.
namespace haldane::benchmarks {

std::unique_ptr<NoiseModel> MakeAutocorrelation(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeSlowAutocorrelation(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeBursts(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeParetoBursts(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeColdStart(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeDiurnal(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeDrift(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeEverything(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeEverythingBusy(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHeavyTails(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHostSpread10(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHostSpread100(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHostSpread30(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHostSpread30High(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeHostSpread60(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakePoisson(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakePoissonHigh(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeLow(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeNever(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeProportion(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeRestarts(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeSharedIncident(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeUnequalIncident(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeSkewedLoad(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeSparseTraffic(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeUnequalHosts(const FleetSetup& setup, Random random);
std::unique_ptr<NoiseModel> MakeTickNoise(const FleetSetup& setup, Random random);

}  // namespace haldane::benchmarks
