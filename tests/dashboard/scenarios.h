#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "tests/dashboard/pretended_service.h"

namespace haldane::testing {

// What happens before anybody looks.
struct Scenario {
  int seconds = 0;  // that have passed by then
  std::vector<std::unique_ptr<PretendedService>> services;
  // What happens at each second, 1 to `seconds`.
  std::function<void(int second, controller::Controller&)> script;
};

// By name; nullptr when there is none of it. "single": one good canary of the
// service web, forty seconds old. "showcase": a rollout in every state.
std::unique_ptr<Scenario> MakeScenario(const std::string& name);

// Lets the scenario happen to a controller with simulated time that ends now,
// and leaves its database.
void Seed(Scenario* scenario, const std::string& database);

}  // namespace haldane::testing
