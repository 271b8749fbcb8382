// The policies that are shipped as examples are sound and mean what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "guard/policy/explain.h"
#include "guard/policy/policy_yaml.h"
#include "tests/guard/policies.h"

namespace haldane::guard {
namespace {

std::unique_ptr<Policy> Example(const std::string& name) {
  auto policy = LoadPolicy(std::string(HALDANE_SOURCE_DIR) + "/deploy/guard/" + name);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *std::move(policy) : PolicyOf("");
}

TEST(ExamplePoliciesTest, ObserveBlocksNothing) {
  const auto policy = Example("observe.yaml");
  EXPECT_EQ(ActionOf(policy->JudgeQuestion("github.com"), policy->mode()), Action::kWouldBlock);
}

TEST(ExamplePoliciesTest, BlocklistKnowsNamesAndAddresses) {
  const auto policy = Example("blocklist.yaml");
  EXPECT_TRUE(policy->JudgeQuestion("api.github.com").denied);
  EXPECT_TRUE(policy->JudgeDestination(To("192.0.2.7", 443), {}).denied);
  EXPECT_FALSE(policy->JudgeQuestion("mirror.corp.example").denied);
}

TEST(ExamplePoliciesTest, StrictAllowsWhatItLists) {
  const auto policy = Example("strict.yaml");
  EXPECT_FALSE(policy->JudgeQuestion("a.pkgs.corp.example").denied);
  EXPECT_TRUE(policy->JudgeQuestion("legacy.pkgs.corp.example").denied);
  EXPECT_TRUE(policy->JudgeQuestion("github.com").denied);
  EXPECT_FALSE(policy->JudgeDestination(To("10.2.3.4", 3306), {}).denied);
}

TEST(ExamplePoliciesTest, AreFreeOfOddities) {
  for (const char* name : {"observe.yaml", "blocklist.yaml", "strict.yaml"}) {
    EXPECT_THAT(FindOddities(*Example(name), name, absl::Now()), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace haldane::guard
