#include "plan/plan_yaml.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "plan/defaults.h"
#include "plan/render.h"
#include "plan/validate.h"
#include "tests/plan/full_plan.h"

namespace haldane::plan {
namespace {

using haldane::v1::Plan;

constexpr char kSmall[] = "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";

Plan Parsed(absl::string_view text) {
  const absl::StatusOr<Plan> plan = ParsePlan(text, "plan.yaml");
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : Plan();
}

// What ParsePlan says is wrong; empty when nothing is.
std::string Wrong(absl::string_view text) {
  return std::string(ParsePlan(text, "p.yaml").status().message());
}
// The same for a plan that is sound but for these lines, which begin at line 4.
std::string WrongWith(absl::string_view lines) { return Wrong(absl::StrCat(kSmall, lines)); }

TEST(ParsePlanTest, ReadsEveryField) {
  const Plan plan = Parsed(kFull);
  EXPECT_EQ(plan.rollout(), "web-2026-03-02.3");
  EXPECT_EQ(plan.service(), "web");
  ASSERT_EQ(plan.canary_size(), 2);
  EXPECT_EQ(plan.canary(0).name(), "region") << "labels are sorted by name";
  EXPECT_EQ(plan.canary(0).value(), "eu");
  EXPECT_EQ(plan.canary(1).value(), "def456");
  ASSERT_EQ(plan.baseline_size(), 1);
  EXPECT_EQ(plan.baseline(0).value(), "abc123");
  EXPECT_EQ(FromProto(plan.observe().min()), absl::Minutes(2));
  EXPECT_EQ(FromProto(plan.observe().max()), absl::Minutes(90));
  EXPECT_TRUE(plan.observe().has_warmup());
  EXPECT_EQ(FromProto(plan.observe().warmup()), absl::ZeroDuration());
  EXPECT_EQ(plan.budget().false_stop(), 0.02);
  EXPECT_EQ(plan.budget().missed(), 0.1);
  ASSERT_EQ(plan.signals_size(), 2);
  EXPECT_EQ(plan.signals(0).name(), "ruby.exceptions");
  EXPECT_EQ(plan.signals(0).tolerate_ratio(), 1.5);
  EXPECT_TRUE(plan.signals(0).has_tolerate_absolute());
  EXPECT_EQ(plan.signals(0).tolerate_absolute(), 0);
  EXPECT_EQ(plan.signals(0).action(), haldane::v1::ACTION_HALT);
  EXPECT_EQ(plan.signals(0).weight(), 5);
  EXPECT_EQ(plan.signals(1).tolerate_ratio(), 1.1);
  EXPECT_FALSE(plan.signals(1).has_tolerate_absolute());
  EXPECT_EQ(plan.signals(1).action(), haldane::v1::ACTION_UNSPECIFIED);
  EXPECT_EQ(plan.min_hosts(), 2u);
}

TEST(ParsePlanTest, ReadsJson) {
  const Plan plan = Parsed(R"({"service": "web", "canary": {"revision": "b"}, "baseline": {"revision": "a"},
    "observe": {"max": "10m"}, "signals": [{"name": "http.4xx", "tolerate": "2x", "action": "halt"}]})");
  EXPECT_EQ(plan.service(), "web");
  EXPECT_EQ(FromProto(plan.observe().max()), absl::Minutes(10));
  EXPECT_EQ(plan.signals(0).tolerate_ratio(), 2);
}

TEST(ParsePlanTest, LeavesUnsetWhatTheTextDoesNotSay) {
  const Plan plan = Parsed(kSmall);
  EXPECT_FALSE(plan.has_observe());
  EXPECT_FALSE(plan.has_budget());
  EXPECT_EQ(plan.signals_size(), 0);
  EXPECT_EQ(plan.rollout(), "");
  EXPECT_EQ(plan.min_hosts(), 0u);
}

// A revision must never be taken for a number, a date or a boolean.
TEST(ParsePlanTest, KeepsRevisionsAsTheyAreWritten) {
  for (const std::string revision : {"123e4567", "0012", "1.50", "true", "0x1F", "2026-03-02", "yes"}) {
    const Plan plan =
        Parsed(absl::StrCat("service: web\ncanary: {revision: ", revision, "}\nbaseline: {revision: a}"));
    ASSERT_EQ(plan.canary_size(), 1);
    EXPECT_EQ(plan.canary(0).value(), revision);
  }
}

TEST(ParsePlanTest, RenderedPlanReadsBackAsTheSame) {
  for (const char* text : {kFull, kSmall}) {
    Plan plan = WithDefaults(Parsed(text));
    plan.mutable_canary(0)->set_value("null \"and\" more: {x} # \xC3\xA9");
    plan.mutable_budget()->set_missed(1.0 / 3);
    const Plan again = Parsed(RenderPlan(plan));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(plan, again)) << RenderPlan(plan);
  }
}

struct WrongCase {
  std::string text;
  std::string message;
};

TEST(ParsePlanTest, SaysWhatIsWrongWithTheFile) {
  const std::vector<WrongCase> cases = {
      {"", "p.yaml:1: the plan is empty; give at least service, canary and baseline"},
      {"# nothing\n", "p.yaml:1: the plan is empty; give at least service, canary and baseline"},
      {"web", "p.yaml:1: a plan is a map that begins with a line such as \"service: web\""},
      {"- web", "p.yaml:1: a plan is a map that begins with a line such as \"service: web\""},
      {"service: web\ncanary: {revision: b\n", "p.yaml:3: not YAML: end of map flow not found"},
      {"service: web\n\xFF\n",
       "p.yaml:2: byte 0xFF is not text; save the file as UTF-8 without control characters"},
      {"service: web\n\n\x04",
       "p.yaml:3: byte 0x04 is not text; save the file as UTF-8 without control characters"},
      {"service: &a web\n",
       "p.yaml:1: anchors (&name) are not supported; write the value out where it is used"},
      {"service: web\ncanary: *a\n", "p.yaml:2: not YAML: the referenced anchor is not defined"},
      {"service: !!str web\n", "p.yaml:1: tags (!name) are not supported; remove it"},
      {"service: web\n---\nservice: web\n", "p.yaml:3: a second document begins; keep one plan per file"},
      {"service: web\n? {a: b}\n: c\n", "p.yaml:2: a key must be a word; check the punctuation of this line"},
      {"service: web\n? [a]\n: c\n", "p.yaml:2: a key must be a word; check the punctuation of this line"},
      {"service: web\n: c\n", "p.yaml:2: a key must be a word; check the punctuation of this line"},
      {std::string(70000, ' '), "p.yaml:1: is longer than 65536 bytes; is this the right file?"},
  };
  for (const WrongCase& c : cases) EXPECT_EQ(Wrong(c.text), c.message) << c.text.substr(0, 80);
}

TEST(ParsePlanTest, SaysWhatIsMissing) {
  EXPECT_EQ(
      Wrong("min_hosts: 2"),
      "p.yaml:1: service: is missing; name the service whose processes are judged\n"
      "p.yaml:1: canary: is missing; say which labels make a process a canary, such as {revision: abc123}\n"
      "p.yaml:1: baseline: is missing; say which labels make a process a baseline, such as {revision: "
      "abc123}");
  EXPECT_EQ(
      Wrong("service: web\nbaseline: {revision: a}\ncanary: {}"),
      "p.yaml:3: canary: is missing; say which labels make a process a canary, such as {revision: abc123}");
  EXPECT_EQ(WrongWith("signals:\n  - {tolerate: 1.2}"),
            "p.yaml:5: signals[0].name: is missing; docs/signals.md lists them");
}

TEST(ParsePlanTest, SaysWhereEachValueIsWrong) {
  const std::vector<WrongCase> cases = {
      // Keys.
      {"observ: {min: 3m}", "observ: unknown key; did you mean observe?"},
      {"stages: []", "stages: must be a list, such as [{name: canary, hosts: 2}, {name: tenth, share: 0.1}]"},
      {"observe: {mim: 3m}", "observe.mim: unknown key; did you mean min?"},
      {"\"\\e[31m\\n\": 1",
       "\"\\u001b[31m\\n\": unknown key; use one of rollout, service, canary, baseline, observe, budget, "
       "signals, stages, on_missing, guard, exposure, min_hosts"},
      {"<<: {min: 3m}",
       "\"<<\": unknown key; use one of rollout, service, canary, baseline, observe, budget, signals, "
       "stages, on_missing, guard, exposure, min_hosts"},
      {"service: again", "service: given twice, first on line 1; remove one of them"},
      {"budget: {missed: 0.1, missed: 0.2}",
       "budget.missed: given twice, first on line 4; remove one of them"},
      // Types.
      {"rollout:", "rollout: has no value; give one or remove the key"},
      {"rollout: ~", "rollout: has no value; give one or remove the key"},
      {"rollout: ''", "rollout: has no value; give one or remove the key"},
      {"rollout: [a]", "rollout: must be one value, not a list"},
      {"rollout: {a: b}", "rollout: must be one value, not a map"},
      {"rollout: a b", "rollout: is \"a b\"; a rollout's name is 1 to 128 letters, digits, '.', '_' and '-'"},
      {"observe: 3m", "observe: must be a map, such as {min: 3m, max: 30m, warmup: 45s}"},
      {"budget: 0.01", "budget: must be a map, such as {false_stop: 0.01, missed: 0.05}"},
      {"signals: http.5xx", "signals: must be a list, such as [{name: ruby.exceptions}]"},
      {"signals: []", "signals: is empty; name a signal, or remove the key for the default ones"},
      {"signals: [http.5xx]", "signals[0]: must be a map, such as {name: ruby.exceptions}"},
      {"min_hosts: '2'", "min_hosts: must be a number, not text; remove the quotes"},
      {"min_hosts: two", "min_hosts: is \"two\"; it must be a whole number from 1 to 10000"},
      // Times.
      {"observe: {max: 10}", "observe.max: 10 has no unit; write 10s or 10m"},
      {"observe: {max: soon}", "observe.max: is \"soon\"; write a time such as 45s, 3m or 1h30m"},
      {"observe: {min: -3m}", "observe.min: is -3m; it must be from 0s to 24h"},
      {"observe: {max: 0s}", "observe.max: is 0; it must be from 1s to 168h"},
      {"observe: {max: inf}", "observe.max: is inf; it must be from 1s to 168h"},
      {"observe: {warmup: 25h}", "observe.warmup: is 25h; it must be from 0s to 24h"},
      {"observe: {min: 40m}",
       "observe.max: is 30m, shorter than observe.min of 40m; lengthen max or shorten min"},
      {"observe: {max: 1m}",
       "observe.max: is 1m, shorter than observe.min of 3m; lengthen max or shorten min"},
      // Numbers.
      {"budget: {false_stop: 0}", "budget.false_stop: is 0; it must be above 0 and at most 0.5"},
      {"budget: {false_stop: 0.6}", "budget.false_stop: is 0.6; it must be above 0 and at most 0.5"},
      {"budget: {missed: -0.1}", "budget.missed: is -0.1; it must be above 0 and at most 0.5"},
      {"budget: {missed: .nan}", "budget.missed: is \".nan\"; it must be above 0 and at most 0.5"},
      {"budget: {missed: nan}", "budget.missed: is \"nan\"; it must be above 0 and at most 0.5"},
      {"min_hosts: 0", "min_hosts: is 0; it must be a whole number from 1 to 10000"},
      {"min_hosts: 1.5", "min_hosts: is 1.5; it must be a whole number from 1 to 10000"},
      {"min_hosts: 1e9", "min_hosts: is 1e+09; it must be a whole number from 1 to 10000"},
      // Signals.
      {"signals: [{name: http.5x}]", "signals[0].name: \"http.5x\" is not a signal; did you mean http.5xx?"},
      {"signals: [{name: disk.free}]",
       "signals[0].name: \"disk.free\" is not a signal; docs/signals.md lists them"},
      {"signals: [{name: http.5xx}, {name: http.5xx}]",
       "signals[1].name: http.5xx is listed twice; remove one of them"},
      {"signals: [{name: http.5xx, tolerate: 0.9x}]",
       "signals[0].tolerate: is 0.9; it must be a ratio from 1 to 1000, such as 1.25x"},
      {"signals: [{name: http.5xx, tolerate: 0}]",
       "signals[0].tolerate: is 0; it must be a ratio from 1 to 1000, such as 1.25x"},
      {"signals: [{name: http.5xx, tolerate: 25%}]",
       "signals[0].tolerate: is \"25%\"; it must be a ratio from 1 to 1000, such as 1.25x"},
      {"signals: [{name: http.5xx, tolerate: 1.25xx}]",
       "signals[0].tolerate: is \"1.25xx\"; it must be a ratio from 1 to 1000, such as 1.25x"},
      {"signals: [{name: http.5xx, tolerate: 1e999}]",
       "signals[0].tolerate: is \"1e999\"; it must be a ratio from 1 to 1000, such as 1.25x"},
      {"signals: [{name: http.5xx, absolute: 2}]",
       "signals[0].absolute: is 2; it must be a share of requests, from 0 to 1"},
      {"signals: [{name: ruby.exceptions, absolute: -1}]",
       "signals[0].absolute: is -1; it must be a number from 0"},
      {"signals: [{name: ruby.exceptions, absolute: 1e7}]",
       "signals[0].absolute: is 1e+07; it must be events per request, from 0 to 1000000"},
      {"signals: [{name: http.5xx, required: maybe}]",
       "signals[0].required: is \"maybe\"; use true or false"},
      {"signals: [{name: http.5xx, required: false}]",
       "signals: has none that is required, so nothing could ever let the rollout proceed; set required: "
       "true "
       "for one"},
      {"signals: [{name: http.5xx}, {name: ruby.exceptions.new_class, required: true}]",
       "signals[1].required: is true, but nothing shows that ruby.exceptions.new_class will never come; "
       "remove "
       "the key"},
      {"signals: [{name: http.5xx, bad: sideways}]",
       "signals[0].bad: is \"sideways\"; use up, down or either"},
      {"signals: [{name: http.5xx}, {name: proc.rss, bad: down}]",
       "signals[1].bad: is down, which only rates can have; proc.rss is bad when it goes up"},
      {"signals: [{name: http.5xx, quantiles: [0.5]}]",
       "signals[0].quantiles: is given, but http.5xx is not a distribution; remove the key"},
      {"signals: [{name: http.latency, quantiles: [0.99, 0.5]}]",
       "signals[0].quantiles: is not in increasing order; sort the quantiles and give each once"},
      {"signals: [{name: http.latency, quantiles: 0.5}]",
       "signals[0].quantiles: must be a list of 1 to 4 quantiles, such as [0.5, 0.99]"},
      {"signals: [{name: http.5xx}, {name: proc.crashes, tolerate: 2x}]",
       "signals[1].tolerate: is 2; it must be a ratio from 1 to 1.9, such as 1x"},
      {"on_missing: {agent_silent: drop_signal}",
       "on_missing.agent_silent: is \"drop_signal\"; use wait or halt"},
      {"stages: [{name: one}]", "stages[0]: needs either hosts or share, such as {name: canary, hosts: 2}"},
      {"stages: [{name: one, hosts: 4}, {name: two, hosts: 2}]",
       "stages[1]: is smaller than the stage before; sort stages by size"},
      {"stages: [{name: one, hosts: 4}, {name: one, hosts: 8}]",
       "stages[1].name: \"one\" is given twice; rename one"},
      {"stages: [{name: one, share: 1.5}]",
       "stages[0].share: is 1.5; it must be a share of the hosts, above 0 and at most 1"},
      {"signals: [{name: http.5xx, action: Rollback}]",
       "signals[0].action: is \"Rollback\"; use rollback, halt or observe"},
      {"signals: [{name: http.5xx, weight: 0}]",
       "signals[0].weight: is 0; it must be above 0 and at most 1000"},
      {"signals: [{name: http.5xx, action: observe}, {name: http.4xx}]",
       "signals: only observe, so nothing could ever stop the rollout; give one the action rollback or halt"},
  };
  for (const WrongCase& c : cases)
    EXPECT_EQ(WrongWith(c.text), absl::StrCat("p.yaml:4: ", c.message)) << c.text;
}

TEST(ParsePlanTest, SaysWhatIsWrongWithSelectors) {
  const auto selectors = [](absl::string_view canary, absl::string_view baseline) {
    return Wrong(absl::StrCat("service: web\ncanary: ", canary, "\nbaseline: ", baseline, "\n"));
  };
  constexpr char kSame[] =
      "p.yaml:3: baseline: matches processes that canary matches too; give both one label with different "
      "values, such "
      "as revision";
  EXPECT_EQ(selectors("{revision: a}", "{revision: a}"), kSame);
  EXPECT_EQ(selectors("{revision: a}", "{revision: a, region: eu}"), kSame);
  EXPECT_EQ(selectors("{revision: a}", "{region: eu}"), kSame);
  EXPECT_EQ(selectors("{revision: a, region: us}", "{revision: a, region: eu}"), "");
  EXPECT_EQ(selectors("b", "{revision: a}"), "p.yaml:2: canary: must be a map, such as {revision: abc123}");
  EXPECT_EQ(selectors("{Revision: b}", "{revision: a}"),
            "p.yaml:2: canary: \"Revision\" is not a label; a label's name is 1 to 64 lower-case letters, "
            "digits, '.', "
            "'_' and '-'");
  EXPECT_EQ(selectors("{revision: }", "{revision: a}"),
            "p.yaml:2: canary.revision: has no value; give one or remove the key");
  EXPECT_EQ(selectors("{revision: [b]}", "{revision: a}"),
            "p.yaml:2: canary.revision: must be one value, not a list");
  EXPECT_EQ(selectors("{revision: b, service: api}", "{revision: a}"),
            "p.yaml:2: canary.service: the service is named once, for both sides; remove this label");
  EXPECT_EQ(selectors("{revision: b, revision: c}", "{revision: a}"),
            "p.yaml:2: canary.revision: given twice, first on line 2; remove one of them");
  EXPECT_EQ(selectors(absl::StrCat("{revision: ", std::string(257, 'b'), "}"), "{revision: a}"),
            "p.yaml:2: canary.revision: is 257 bytes long; at most 256 are allowed");
}

// Job workers answer no HTTP: what needs it could only wait for ever.
TEST(ParsePlanTest, RefusesHttpSignalsWithoutHttp) {
  EXPECT_EQ(WrongWith("exposure: cpu_second\nsignals: [{name: http.5xx}, {name: ruby.exceptions}]"),
            "p.yaml:5: signals[0].name: http.5xx needs HTTP, which a service judged per cpu_second has not");
}

TEST(ParsePlanTest, ReadsStagesQuantilesAndWhatMissingDataDo) {
  const absl::StatusOr<haldane::v1::Plan> plan = ParsePlan(R"(service: web
canary: {revision: b}
baseline: {revision: a}
stages:
  - {name: canary, hosts: 2}
  - {name: tenth, share: 0.1}
signals:
  - {name: http.latency, quantiles: [0.5, 0.95], tolerate: 1.3x, required: false}
  - {name: http.requests, action: halt, bad: either, required: true}
on_missing: {agent_silent: halt, probe_missing: drop_signal}
)",
                                                           "p.yaml");
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->stages_size(), 2);
  EXPECT_EQ(plan->stages(0).hosts(), 2u);
  EXPECT_EQ(plan->stages(1).share(), 0.1);
  EXPECT_EQ(plan->signals(0).quantiles(1), 0.95);
  EXPECT_FALSE(plan->signals(0).required());
  EXPECT_EQ(plan->signals(1).bad(), haldane::v1::DIRECTION_EITHER);
  EXPECT_EQ(plan->on_missing().agent_silent(), haldane::v1::MISSING_POLICY_HALT);
  EXPECT_EQ(plan->on_missing().probe_missing(), haldane::v1::MISSING_POLICY_DROP_SIGNAL);

  // What is printed reads back as the same plan.
  const haldane::v1::Plan complete = WithDefaults(*plan);
  const absl::StatusOr<haldane::v1::Plan> again = ParsePlan(RenderPlan(complete), "printed.yaml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(WithDefaults(*again).SerializeAsString(), complete.SerializeAsString());
}

TEST(ParsePlanTest, ReportsEverythingInTheOrderOfTheLines) {
  EXPECT_EQ(Wrong(R"(servise: web
canary: {revision: b}
observe:
  min: 3
  max: 10m
  max: 20m
signals:
  - name: ruby.exception
    tolerate: 0.5
  - name: http.5xx
    action: explode
    colour: red
)"),
            "p.yaml:1: servise: unknown key; did you mean service?\n"
            "p.yaml:1: baseline: is missing; say which labels make a process a baseline, such as {revision: "
            "abc123}\n"
            "p.yaml:4: observe.min: 3 has no unit; write 3s or 3m\n"
            "p.yaml:6: observe.max: given twice, first on line 5; remove one of them\n"
            "p.yaml:8: signals[0].name: \"ruby.exception\" is not a signal; did you mean ruby.exceptions?\n"
            "p.yaml:9: signals[0].tolerate: is 0.5; it must be a ratio from 1 to 1000, such as 1.25x\n"
            "p.yaml:11: signals[1].action: is \"explode\"; use rollback, halt or observe\n"
            "p.yaml:12: signals[1].colour: unknown key; use one of name, tolerate, absolute, action, "
            "required, bad, quantiles, weight");
}

}  // namespace
}  // namespace haldane::plan
