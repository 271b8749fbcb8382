#include "controller/evidence/cohort.h"

#include <gtest/gtest.h>

#include "tests/support/rollout_script.h"

namespace haldane::controller {
namespace {

haldane::v1::ProcessSample Process(std::initializer_list<std::pair<const char*, const char*>> labels) {
  haldane::v1::ProcessSample sample;
  for (const auto& [name, value] : labels) {
    haldane::v1::Label* label = sample.add_labels();
    label->set_name(name);
    label->set_value(value);
  }
  return sample;
}

TEST(CohortTest, TheRevisionDecides) {
  const haldane::v1::Plan plan = haldane::testing::TestPlan();
  EXPECT_EQ(CohortOf(plan, Process({{"service", "web"}, {"revision", "new"}})), Cohort::kCanary);
  EXPECT_EQ(CohortOf(plan, Process({{"service", "web"}, {"revision", "old"}})), Cohort::kBaseline);
}

TEST(CohortTest, AnotherServiceOrRevisionIsComparedWithNothing) {
  const haldane::v1::Plan plan = haldane::testing::TestPlan();
  EXPECT_EQ(CohortOf(plan, Process({{"service", "jobs"}, {"revision", "new"}})), std::nullopt);
  EXPECT_EQ(CohortOf(plan, Process({{"service", "web"}, {"revision", "older"}})), std::nullopt);
  EXPECT_EQ(CohortOf(plan, Process({{"revision", "new"}})), std::nullopt);
  EXPECT_EQ(CohortOf(plan, Process({})), std::nullopt);
}

TEST(CohortTest, AProcessThatMatchesBothSelectorsIsComparedWithNothing) {
  haldane::v1::Plan plan = haldane::testing::TestPlan();
  plan.mutable_baseline(0)->set_name("region");
  plan.mutable_baseline(0)->set_value("eu");
  EXPECT_EQ(CohortOf(plan, Process({{"service", "web"}, {"revision", "new"}, {"region", "eu"}})),
            std::nullopt);
}

}  // namespace
}  // namespace haldane::controller
