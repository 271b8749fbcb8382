#pragma once

#include <string>
#include <vector>

#include "benchmarks/verdicts/engine/cold.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// The ways in which Haldane's engine can be started.
enum class Mode {
  kCold,       // knows nothing of the service
  kPrePeriod,  // has seen the same hosts on the old revision for half an hour
};

inline constexpr Mode kModes[] = {Mode::kCold, Mode::kPrePeriod};

// Seconds of pre-period in cells that have one.
inline constexpr int kBefore = 1800;

std::string ModeName(Mode mode);

// The budgets at which false stops are counted.
inline constexpr double kAlphas[] = {0.05, 0.01, 0.001};

// The engine in one mode; it is asked until its evidence reaches the smallest
// of kAlphas.
Contestant Engine(Mode mode, const ColdEngine::Options& options);

// The peers, each with its published defaults where it has any. A model's usual
// rate is what Flagger's fixed limit is set to twice of: better than any
// operator can know it.
std::vector<Contestant> Peers(const NamedModel& model);

// Options of the engine for a model's kind of events.
ColdEngine::Options EngineOptions(const NamedModel& model, Looks looks);

}  // namespace haldane::benchmarks
