#include "plan/defaults.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <string>

#include "plan/signals.h"
#include "plan/validate.h"

namespace haldane::plan {
namespace {

using haldane::v1::Plan;

void AddLabel(google::protobuf::RepeatedPtrField<haldane::v1::Label>* labels, const std::string& name,
              const std::string& value) {
  haldane::v1::Label* label = labels->Add();
  label->set_name(name);
  label->set_value(value);
}

Plan Smallest() {
  Plan plan;
  plan.set_service("web");
  AddLabel(plan.mutable_canary(), "revision", "def456");
  AddLabel(plan.mutable_baseline(), "revision", "abc123");
  return plan;
}

TEST(WithDefaultsTest, FillsTheDocumentedValues) {
  const Plan plan = WithDefaults(Smallest());
  EXPECT_EQ(plan.rollout(), "web-def456");
  EXPECT_EQ(FromProto(plan.observe().min()), absl::Minutes(3));
  EXPECT_EQ(FromProto(plan.observe().max()), absl::Minutes(30));
  EXPECT_EQ(FromProto(plan.observe().warmup()), absl::Seconds(45));
  EXPECT_EQ(plan.budget().false_stop(), 0.01);
  EXPECT_EQ(plan.budget().missed(), 0.05);
  std::vector<std::string> names;
  for (const haldane::v1::SignalPlan& signal : plan.signals()) names.push_back(signal.name());
  EXPECT_THAT(names, ::testing::ElementsAre("ruby.exceptions", "ruby.exceptions.new_class", "http.5xx",
                                            "http.latency", "proc.crashes", "proc.oom_kills"));
  EXPECT_EQ(plan.signals(0).tolerate_ratio(), 1.5);
  EXPECT_EQ(plan.signals(0).tolerate_absolute(), 0.001);
  EXPECT_EQ(plan.signals(0).action(), haldane::v1::ACTION_ROLLBACK);
  EXPECT_EQ(plan.signals(0).weight(), 2);
  EXPECT_EQ(plan.signals(0).bad(), haldane::v1::DIRECTION_UP);
  EXPECT_TRUE(plan.signals(0).required());
  EXPECT_EQ(plan.signals(2).tolerate_ratio(), 1.5);
  EXPECT_EQ(plan.signals(2).weight(), 3);
  EXPECT_THAT(plan.signals(3).quantiles(), ::testing::ElementsAre(0.5, 0.99));
  EXPECT_EQ(plan.signals(3).action(), haldane::v1::ACTION_HALT);
  EXPECT_FALSE(plan.signals(4).required()) << "no waiting for proof that nothing ever crashes";
  EXPECT_EQ(plan.on_missing().agent_silent(), haldane::v1::MISSING_POLICY_WAIT);
  EXPECT_EQ(plan.exposure(), haldane::v1::EXPOSURE_UNIT_REQUEST);
  EXPECT_EQ(plan.min_hosts(), 1u);
}

TEST(WithDefaultsTest, ApplyingTwiceChangesNothing) {
  const Plan once = WithDefaults(Smallest());
  EXPECT_EQ(WithDefaults(once).SerializeAsString(), once.SerializeAsString());
}

TEST(WithDefaultsTest, KeepsWhatIsSet) {
  Plan plan = Smallest();
  plan.set_rollout("mine");
  *plan.mutable_observe()->mutable_warmup() = ToProto(absl::ZeroDuration());
  haldane::v1::SignalPlan* signal = plan.add_signals();
  signal->set_name("http.4xx");
  signal->set_tolerate_absolute(0);
  signal->set_action(haldane::v1::ACTION_HALT);
  plan = WithDefaults(plan);
  EXPECT_EQ(plan.rollout(), "mine");
  EXPECT_EQ(FromProto(plan.observe().warmup()), absl::ZeroDuration());
  ASSERT_EQ(plan.signals_size(), 1);
  EXPECT_EQ(plan.signals(0).tolerate_absolute(), 0);
  EXPECT_EQ(plan.signals(0).action(), haldane::v1::ACTION_HALT);
  EXPECT_EQ(plan.signals(0).tolerate_ratio(), FindSignal("http.4xx")->tolerate_ratio);
}

TEST(WithDefaultsTest, NamesAreAlwaysAllowedOnes) {
  Plan plan = Smallest();
  plan.set_service("shop/web");
  plan.mutable_canary(0)->set_value("feature/x+" + std::string(200, 'y'));
  plan = WithDefaults(plan);
  EXPECT_EQ(plan.rollout().substr(0, 22), "shop-web-feature-x-yyy");
  EXPECT_TRUE(ValidatePlan(plan).ok()) << ValidatePlan(plan);

  plan = Smallest();
  plan.clear_canary();
  AddLabel(plan.mutable_canary(), "track", "canary");
  AddLabel(plan.mutable_canary(), "region", "eu");
  EXPECT_EQ(WithDefaults(plan).rollout(), "web-eu-canary");
}

TEST(WithDefaultsTest, SortsLabels) {
  Plan plan = Smallest();
  AddLabel(plan.mutable_canary(), "region", "eu");
  EXPECT_EQ(WithDefaults(plan).canary(0).name(), "region");
}

// A signal's own defaults must pass the checks that plans pass.
TEST(SignalsTest, EverySignalIsValidByItsNameAlone) {
  for (const Signal& signal : KnownSignals()) {
    Plan plan = Smallest();
    // A guard alone could never let a rollout proceed.
    if (!RequiredByDefault(signal.kind)) plan.add_signals()->set_name("http.5xx");
    haldane::v1::SignalPlan* planned = plan.add_signals();
    planned->set_name(std::string(signal.name));
    planned->set_action(haldane::v1::ACTION_HALT);
    EXPECT_TRUE(ValidatePlan(WithDefaults(plan)).ok()) << signal.name;
    EXPECT_EQ(FindSignal(signal.name), &signal);
  }
  EXPECT_EQ(FindSignal("disk.free"), nullptr);
}

TEST(DurationTest, SurvivesTheWire) {
  for (const absl::Duration duration : {absl::ZeroDuration(), absl::Milliseconds(1500), absl::Hours(24)}) {
    EXPECT_EQ(FromProto(ToProto(duration)), duration);
  }
}

}  // namespace
}  // namespace haldane::plan
