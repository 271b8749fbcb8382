#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/rollout/rollout.h"
#include "tests/fakes/fake_fleet.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::testing {

// A rollout and the fleet it judges, one second at a time.
class Story {
 public:
  explicit Story(uint64_t seed, const haldane::v1::Plan& plan = TestPlan()) : fleet(seed) {
    Log(CreatedBytes(plan, now));
    rollout = *controller::Rollout::Open(log.back());
  }
  Story(uint64_t seed, const haldane::v1::Created& created) : fleet(seed) {
    Log(CreatedBytes(created, now));
    rollout = *controller::Rollout::Open(log.back());
  }

  // Seconds until the rollout is terminal, or `limit`.
  int RunFor(
      int limit, const std::function<void(int)>& before_second = [](int) {}) {
    for (int second = 1; second <= limit; ++second) {
      before_second(second);
      fleet.Serve();
      now += absl::Seconds(1);
      Log(TickBytes(fleet.Report(), now));
      EXPECT_THAT(rollout->Apply(log.back()), IsOk());
      if (controller::IsTerminal(rollout->Judge().state())) return second;
    }
    return limit;
  }

  void Log(std::string bytes) { log.push_back(std::move(bytes)); }

  FakeFleet fleet;
  absl::Time now = Start();
  std::vector<std::string> log;
  std::unique_ptr<controller::Rollout> rollout;
};

}  // namespace haldane::testing
