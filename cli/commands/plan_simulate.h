#pragma once

#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "controller/simulation/simulation.h"

namespace haldane::cli {

struct PlanSimulateOptions {
  std::string plan_file;
  controller::SimulatedService service;
  std::vector<std::string> rates;  // signal=rate
  std::string effect;              // signal=ratio; empty: each deciding rate at twice what is tolerated
  int runs = 20;
  Output output = Output::kText;
};
// Plays rollouts and says how they end. Exits 0, or 2 for impossible options.
int RunPlanSimulate(const PlanSimulateOptions& options, const Console& console);

}  // namespace haldane::cli
