#pragma once

#include <string>
#include <vector>

#include "benchmarks/verdicts/engine/engine.h"
#include "benchmarks/verdicts/runner.h"

namespace haldane::benchmarks {

// The ways in which Haldane's engine can be started.
enum class Mode {
  kCold,        // knows nothing of the service
  kProfile,     // has a profile learned from quiet windows of the same noise
  kMismatched,  // has a profile learned in calmer times: from Poisson noise
  kPrePeriod,   // has seen the same hosts on the old revision for half an hour
  kRestarts,    // cold, and the test also begins afresh every five minutes
};

// Seconds of pre-period in cells that have one.
inline constexpr int kBefore = 1800;
// Seconds of a rollout.
inline constexpr int kRollout = 1800;

std::string ModeName(Mode mode);

// The budgets at which false stops are counted.
inline constexpr double kAlphas[] = {0.05, 0.01, 0.001};

// What a cell asks of the engine, whatever its mode.
struct Question {
  double tolerate_ratio = 1;
  double missed = 0;
  std::vector<double> alphas = {kAlphas[0], kAlphas[1], kAlphas[2]};
  Looks looks = Looks::kWhereItMatters;
};

// The engine in one mode, for a model's kind of events; it is asked until its
// evidence reaches the smallest alpha.
Contestant Engine(Mode mode, const NamedModel& model, const Question& question = {});

// The peers, each with its published defaults where it has any. A model's usual
// rate is what Flagger's fixed limit is set to twice of: better than any
// operator can know it.
std::vector<Contestant> Peers(const NamedModel& model);

}  // namespace haldane::benchmarks
