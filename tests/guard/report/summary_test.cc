#include "guard/report/summary.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "guard/report/baseline.h"
#include "guard/report/render.h"
#include "guard/report/summary_builder.h"
#include "tests/guard/events.h"
#include "tests/support/temporary_directory.h"

namespace haldane::guard {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

class SummaryTest : public ::testing::Test {
 protected:
  Summary Build() const { return builder_.Build(inputs_); }
  void Take(const std::vector<Event>& events) {
    for (const Event& event : events) builder_.Take(event);
  }

  SummaryBuilder builder_;
  SummaryBuilder::Inputs inputs_ = {
      {"run-1", "host-1", "web-42", "db", "blocklist", "blocklist", Mode::kEnforce},
      {},
      false,
      {},
      {},
      absl::FromUnixSeconds(1767225600)};
};

// What the script names, in words or through a variable.
Event Hidden() {
  Event event = BlockedLookup();
  event.domain = event.matched_name = "updates.github.com";
  event.process.name = {50, "bundle", "bundle install", false};
  event.process.executable = "/usr/bin/ruby";
  event.process.script = {"deploy.sh", 9, ScriptLine::Kind::kExact, "bundle install"};
  return event;
}

Event Delegated() {
  Event event = BlockedLookup();
  event.kind = EventKind::kUnix;
  event.action = Action::kAllowed;
  event.warned = true;
  event.reason = "delegation.docker";
  event.rule_text = event.rule_id = event.domain = event.matched_name = "";
  event.path = "/var/run/docker.sock";
  event.has_destination = false;
  event.process.name.command_line = "docker pull x";
  return event;
}

TEST_F(SummaryTest, ListsNamesByTheWorstThatHappened) {
  Take(
      {AllowedLookup("a.example"), AllowedLookup("a.example"), BlockedLookup(), AllowedLookup("github.com")});
  const Summary summary = Build();
  EXPECT_THAT(summary.domains, ElementsAre(Key("a.example"), Key("github.com")));
  EXPECT_EQ(summary.domains.at("a.example").count, 2u);
  EXPECT_EQ(summary.domains.at("a.example").worst, Action::kAllowed);
  EXPECT_EQ(summary.domains.at("github.com").worst, Action::kBlocked);
  EXPECT_EQ(summary.domains.at("github.com").reason, "circular");
  EXPECT_EQ(summary.blocked_domains(), 1u);
  EXPECT_EQ(summary.would_block_domains(), 0u);
}

TEST_F(SummaryTest, KnowsDirectHiddenAndDelegated) {
  Take({BlockedLookup(), Hidden(), Delegated()});
  Event through_variable = BlockedLookup();
  through_variable.process.name.command_line = "python3 fetch.py";
  through_variable.process.script.text = "URL=https://GitHub.com python3 fetch.py";
  Take({through_variable});
  std::map<std::string, std::string> classes;
  for (const Finding& finding : Build().findings)
    classes[finding.command] = std::string(FindingClassName(finding.what));
  EXPECT_THAT(classes, ElementsAre(Pair("bundle install", "hidden"), Pair("curl github.com", "direct"),
                                   Pair("docker pull x", "delegated"), Pair("python3 fetch.py", "direct")));
}

TEST_F(SummaryTest, GroupsByRuleNameCommandAndLine) {
  Event later = BlockedLookup();
  later.time += absl::Seconds(30);
  later.process.pid = 99;
  Event elsewhere = BlockedLookup();
  elsewhere.process.script.line = 20;
  Take({BlockedLookup(), later, elsewhere});
  const Summary summary = Build();
  ASSERT_THAT(summary.findings, SizeIs(2));
  EXPECT_EQ(summary.findings[0].count, 2u);
  EXPECT_EQ(summary.findings[0].last - summary.findings[0].first, absl::Seconds(30));
  EXPECT_EQ(summary.findings[0].place, "deploy.sh:8");
  EXPECT_THAT(summary.findings[0].ancestry, ElementsAre("bash deploy.sh --token ***"));
  EXPECT_EQ(summary.findings[0].id, summary.findings[1].id) << "a line that moved is the same finding";
  EXPECT_EQ(summary.blocked_domains(), 1u);
}

TEST_F(SummaryTest, IdsSurviveNewArgumentsAndNotNewTools) {
  Event other_arguments = BlockedLookup();
  other_arguments.process.name.command_line = "curl --retry 3 github.com";
  Event other_tool = BlockedLookup();
  other_tool.process.executable = "/usr/bin/wget";
  other_tool.process.name.command_line = "wget github.com";
  Take({BlockedLookup(), other_arguments, other_tool});
  std::map<std::string, std::string> ids;
  for (const Finding& finding : Build().findings) ids[finding.command] = finding.id;
  EXPECT_EQ(ids["curl github.com"], ids["curl --retry 3 github.com"]);
  EXPECT_NE(ids["curl github.com"], ids["wget github.com"]);
}

TEST_F(SummaryTest, WaiversHoldUntilTheyExpire) {
  Take({BlockedLookup(), Hidden()});
  const std::string id = Build().findings[0].id;
  inputs_.waivers = {{id, inputs_.now + absl::Seconds(1), "planned", "infra", 1},
                     {"unknown", inputs_.now, "old", "", 2}};
  Summary summary = Build();
  EXPECT_EQ(summary.blocked_domains(), 1u) << "only the other name is left";
  EXPECT_TRUE(summary.findings.back().waived) << "accepted findings come last";
  ASSERT_THAT(summary.unused_waivers, SizeIs(1));
  EXPECT_EQ(summary.unused_waivers[0].id, "unknown");
  EXPECT_THAT(RenderMarkdown(summary), HasSubstr("accepted until 2026-01-01: planned"));
  inputs_.now += absl::Seconds(1);
  summary = Build();
  EXPECT_EQ(summary.blocked_domains(), 2u);
  EXPECT_THAT(RenderMarkdown(summary), HasSubstr("EXPIRED on 2026-01-01"));
}

TEST_F(SummaryTest, NewIsAgainstTheLastGoodRun) {
  Take({AllowedLookup("a.example"), AllowedLookup("b.example")});
  EXPECT_EQ(Build().new_domains(), 0u) << "nothing is new where nothing was before";
  inputs_.has_baseline = true;
  inputs_.baseline = {"a.example"};
  EXPECT_EQ(Build().new_domains(), 1u);
  EXPECT_TRUE(Build().domains.at("b.example").is_new);
}

TEST_F(SummaryTest, RawAddressesStraysAndTheUnknown) {
  Event stray;
  stray.kind = EventKind::kGuard;
  stray.reason = "stray";
  stray.warned = true;
  stray.process = BlockedLookup().process;
  Event unknown = AllowedLookup("c.example");
  unknown.process = {};
  unknown.count = 3;
  Take({Contact("192.0.2.9", 443), Contact("192.0.2.1", 443, {"a.example"}), Contact("127.0.0.1", 80),
        Contact("2001:db8::1", 22), stray, unknown});
  const Summary summary = Build();
  EXPECT_THAT(summary.raw_addresses, ElementsAre(Key("192.0.2.9:443/tcp"), Key("[2001:db8::1]:22/tcp")));
  EXPECT_THAT(summary.strays, ElementsAre("42 curl github.com"));
  EXPECT_EQ(summary.unattributed, 3u);
}

TEST_F(SummaryTest, IsTheSameFromTheRecord) {
  haldane::testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/r.jsonl";
  auto recorder = *Recorder::Open(path, inputs_.run, Clock::Real());
  Event link = BlockedLookup();
  link.domain = "cdn.example";
  const std::vector<Event> events = {
      BlockedLookup(), Hidden(), Delegated(), link, AllowedLookup("a.example"), Contact("192.0.2.9", 443)};
  for (const Event& event : events) recorder->Take(event);
  Take(events);
  SummaryBuilder replayed;
  replayed.Replay(*ReadFile(path, 1 << 20));
  EXPECT_EQ(RenderJson(replayed.Build(inputs_)), RenderJson(Build()));
}

TEST_F(SummaryTest, MemoryIsBounded) {
  for (int i = 0; i < 30000; ++i) {
    Event event = BlockedLookup();
    event.domain = absl::StrCat("h", i, ".example");
    builder_.Take(event);
  }
  const Summary summary = Build();
  EXPECT_THAT(summary.domains, SizeIs(20000));
  EXPECT_THAT(summary.findings, SizeIs(1000));
  EXPECT_EQ(summary.not_listed, 10000u + 29000u);
}

TEST_F(SummaryTest, JsonIsJsonAndSaysWhatGatesNeed) {
  Take({BlockedLookup(), Hidden(), Delegated(), AllowedLookup("a.example"), Contact("192.0.2.9", 443)});
  inputs_.facts.complete = false;
  inputs_.facts.lost = {{"ring", 3}};
  inputs_.facts.peaks = {{"memory_bytes", 1 << 20}};
  const std::string json = RenderJson(Build());
  google::protobuf::Struct object;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &object).ok()) << json;
  const auto& gate = object.fields().at("gate").struct_value().fields();
  EXPECT_EQ(gate.at("blocked_domains").number_value(), 2);
  EXPECT_FALSE(gate.at("audit_complete").bool_value());
  EXPECT_EQ(gate.count("new_domains"), 0u) << "unknown without a run before";
  EXPECT_EQ(object.fields().at("findings").list_value().values_size(), 3);
}

TEST_F(SummaryTest, MarkdownShowsWhatAScriptSaysAsTextOnly) {
  Event event = BlockedLookup();
  event.process.name.command_line = "curl `x` | tee [a](http://evil) <b> @team\n# title --password hunter2";
  event.owner = "@team | <img>";
  Take({event});
  const std::string report = RenderMarkdown(Build());
  EXPECT_THAT(report, HasSubstr("`curl 'x' \\| tee [a](http://evil) <b> @team\\n# title --password ***`"));
  EXPECT_THAT(report, HasSubstr("&#64;team \\| &lt;img>"));
  EXPECT_THAT(report, Not(HasSubstr("hunter2")));
  EXPECT_THAT(report, HasSubstr("## Hidden: a tool went there by itself"));
}

TEST_F(SummaryTest, ConsoleSaysItInAFewLines) {
  Take({BlockedLookup(), AllowedLookup("a.example"), Contact("192.0.2.9", 443)});
  inputs_.facts.started = absl::FromUnixSeconds(0);
  inputs_.facts.ended = absl::FromUnixSeconds(2);
  inputs_.facts.peaks = {{"cpu_us", 107257}, {"memory_bytes", 11653120}, {"pids", 3}};
  EXPECT_EQ(RenderConsole(Build()),
            "haldane: run run-1 (enforce, policy blocklist) exit code 0, 2s\n"
            "haldane:   blocked 1: github.com\n"
            "haldane:   allowed 1: a.example\n"
            "haldane:   addresses without a name 1: 192.0.2.9:443/tcp\n"
            "haldane:   peaks cpu 108ms, memory 11.1 MiB, pids 3\n");
}

TEST_F(SummaryTest, OnlyGoodRunsBecomeTheBaseline) {
  haldane::testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/known";
  EXPECT_TRUE(absl::IsNotFound(LoadBaseline(path).status()));
  Take({AllowedLookup("a.example")});
  ASSERT_TRUE(SaveBaselineIfGood(path, Build()).ok());
  EXPECT_THAT(*LoadBaseline(path), ElementsAre("a.example"));
  Take({AllowedLookup("b.example"), BlockedLookup()});
  ASSERT_TRUE(SaveBaselineIfGood(path, Build()).ok());
  EXPECT_THAT(*LoadBaseline(path), ElementsAre("a.example"));
  SummaryBuilder failed;
  failed.Take(AllowedLookup("c.example"));
  inputs_.facts.exit_code = 1;
  ASSERT_TRUE(SaveBaselineIfGood(path, failed.Build(inputs_)).ok());
  EXPECT_THAT(*LoadBaseline(path), ElementsAre("a.example"));
  EXPECT_FALSE(SaveBaselineIfGood("/nonexistent/known", SummaryBuilder().Build({})).ok());
}

}  // namespace
}  // namespace haldane::guard
