// The guard section of a plan: what guarded deploy scripts must show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "plan/defaults.h"
#include "plan/plan_yaml.h"
#include "plan/render.h"

namespace haldane::plan {
namespace {

using haldane::v1::Plan;

constexpr char kUnguarded[] = "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";

Plan PlanOf(absl::string_view text) {
  const absl::StatusOr<Plan> plan = ParsePlan(text, "plan.yaml");
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : Plan();
}

// What is wrong with a plan that is sound but for this section, its fourth line.
std::string WrongSection(absl::string_view section) {
  return std::string(ParsePlan(absl::StrCat(kUnguarded, section), "p.yaml").status().message());
}

TEST(GuardSectionTest, ReadsWhatGuardedRunsMustShow) {
  const Plan plan = PlanOf(absl::StrCat(
      kUnguarded,
      "guard: {runs: optional, deploy_id: web-42, max_blocked: 1, max_new: 5, complete_audit: false}"));
  EXPECT_EQ(plan.guard().runs(), haldane::v1::GUARD_RUNS_WANTED_OPTIONAL);
  EXPECT_EQ(plan.guard().deploy_id(), "web-42");
  EXPECT_EQ(plan.guard().max_blocked(), 1u);
  EXPECT_EQ(plan.guard().max_new(), 5u);
  EXPECT_FALSE(plan.guard().complete_audit());

  // An empty section asks for all that a guard can show but for new names.
  const haldane::v1::GuardPlan strict = WithDefaults(PlanOf(absl::StrCat(kUnguarded, "guard: {}"))).guard();
  EXPECT_EQ(strict.runs(), haldane::v1::GUARD_RUNS_WANTED_REQUIRED);
  EXPECT_EQ(strict.deploy_id(), "web-b") << "the rollout's name";
  EXPECT_TRUE(strict.has_max_blocked() && strict.has_max_would_block() && strict.has_max_unattributed());
  EXPECT_FALSE(strict.has_max_new());
  EXPECT_TRUE(strict.complete_audit());
  EXPECT_FALSE(WithDefaults(PlanOf(kUnguarded)).has_guard()) << "nobody asked";

  for (const Plan& written : {plan, WithDefaults(plan)}) {
    const Plan again = PlanOf(RenderPlan(WithDefaults(written)));
    EXPECT_EQ(WithDefaults(again).SerializeAsString(), WithDefaults(written).SerializeAsString());
  }
}

TEST(GuardSectionTest, RefusesAGuardSectionThatMakesNoSense) {
  EXPECT_EQ(WrongSection("guard: yes"),
            "p.yaml:4: guard: must be a map, such as {runs: required, max_blocked: 0}");
  EXPECT_THAT(WrongSection("guard: {runs: maybe}"), ::testing::StartsWith("p.yaml:4: guard.runs: "));
  EXPECT_THAT(WrongSection("guard: {max_blocked: -1}"),
              ::testing::StartsWith("p.yaml:4: guard.max_blocked: "));
  EXPECT_THAT(WrongSection("guard: {max_bloked: 1}"), ::testing::HasSubstr("did you mean max_blocked?"));
  EXPECT_THAT(WrongSection("guard: {deploy_id: 'a b'}"),
              ::testing::StartsWith("p.yaml:4: guard.deploy_id: is \"a b\"; a deploy's id is 1 to 128"));
}

}  // namespace
}  // namespace haldane::plan
