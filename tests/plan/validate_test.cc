#include "plan/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "plan/defaults.h"
#include "plan/limits.h"

namespace haldane::plan {
namespace {

using haldane::v1::Plan;

Plan Good() {
  Plan plan;
  plan.set_service("web");
  haldane::v1::Label* label = plan.add_canary();
  label->set_name("revision");
  label->set_value("b");
  label = plan.add_baseline();
  label->set_name("revision");
  label->set_value("a");
  return WithDefaults(plan);
}

std::string Wrong(const Plan& plan) { return std::string(ValidatePlan(plan).message()); }

TEST(ValidatePlanTest, AcceptsDefaults) { EXPECT_TRUE(ValidatePlan(Good()).ok()) << ValidatePlan(Good()); }

TEST(ValidatePlanTest, NamesEveryWrongField) {
  Plan plan = Good();
  plan.set_rollout("a/b");
  plan.clear_service();
  plan.mutable_budget()->set_false_stop(std::numeric_limits<double>::quiet_NaN());
  plan.mutable_signals(1)->set_action(static_cast<haldane::v1::Action>(77));
  plan.set_min_hosts(4000000000u);
  const absl::Status status = ValidatePlan(plan);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "plan.service: is missing; name the service whose processes are judged\n"
            "plan.rollout: is \"a/b\"; a rollout's name is 1 to 128 letters, digits, '.', '_' and '-'\n"
            "plan.budget.false_stop: is nan; it must be above 0 and at most 0.5\n"
            "plan.signals[1].action: is not an action; use rollback, halt or observe\n"
            "plan.min_hosts: is 4e+09; it must be a whole number from 1 to 10000");
}

TEST(ValidatePlanTest, RefusesImpossibleTimes) {
  Plan plan = Good();
  plan.mutable_observe()->mutable_max()->set_seconds(std::numeric_limits<int64_t>::max());
  plan.mutable_observe()->mutable_min()->set_seconds(std::numeric_limits<int64_t>::min());
  plan.mutable_observe()->mutable_warmup()->set_nanos(2000000000);
  EXPECT_THAT(Wrong(plan), ::testing::HasSubstr("plan.observe.max: is "));
  EXPECT_THAT(Wrong(plan), ::testing::HasSubstr("plan.observe.min: is "));
  EXPECT_THAT(Wrong(plan), ::testing::HasSubstr("plan.observe.warmup: has nanoseconds outside"));
}

TEST(ValidatePlanTest, RefusesLabelsThatAreOutOfOrderOrRepeated) {
  Plan plan = Good();
  haldane::v1::Label* label = plan.add_canary();
  label->set_name("region");
  label->set_value("eu");
  EXPECT_EQ(Wrong(plan), "plan.canary.region: is out of order; sort labels by name");
  label->set_name("revision");
  EXPECT_EQ(Wrong(plan), "plan.canary.revision: is given twice; remove one of them");
}

TEST(ValidatePlanTest, RefusesControlCharactersInNames) {
  Plan plan = Good();
  plan.set_service("we\x1B[31mb");
  EXPECT_EQ(Wrong(plan), "plan.service: is \"we\\u001b[31mb\"; use UTF-8 text without control characters");
}

// A message must fit into the header in which gRPC carries it.
TEST(ValidatePlanTest, HugePlansGetShortAnswers) {
  Plan plan = Good();
  plan.clear_signals();
  for (size_t i = 0; i < kMaxSignals; ++i) plan.add_signals()->set_name(std::string(5000, 'x'));
  const std::string wrong = Wrong(plan);
  EXPECT_LT(wrong.size(), 7000u);
  EXPECT_THAT(wrong, ::testing::EndsWith(" more"));

  for (int i = 0; i < 100000; ++i) plan.add_signals();
  for (int i = 0; i < 100000; ++i) plan.add_canary();
  EXPECT_EQ(Wrong(plan),
            "plan.canary: has 100001 labels; at most 16 are allowed\n"
            "plan.signals: has 100032 entries; at most 32 are allowed");
}

}  // namespace
}  // namespace haldane::plan
