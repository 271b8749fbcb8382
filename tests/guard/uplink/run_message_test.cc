#include "guard/uplink/run_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace haldane::guard {
namespace {

Summary SummaryOf(int domains, int findings) {
  Summary summary;
  summary.run.run_id = "r1";
  summary.run.host = "web-1";
  summary.run.mode = Mode::kEnforce;
  summary.facts.started = absl::FromUnixSeconds(1000);
  summary.facts.ended = absl::FromUnixSeconds(1060);
  summary.facts.exit_code = 3;
  for (int i = 0; i < domains; ++i) summary.domains[absl::StrCat("n", i, ".example")].count = 1;
  for (int i = 0; i < findings; ++i) {
    Finding finding;
    finding.id = absl::StrCat(i);
    finding.name = absl::StrCat("n", i, ".example");
    finding.action = Action::kBlocked;
    finding.command = std::string(4000, 'x');
    finding.ancestry.assign(20, std::string(4000, 'y'));
    summary.findings.push_back(finding);
  }
  return summary;
}

TEST(RunMessageTest, SaysWhatPlansCountAndHowItEnded) {
  Summary summary = SummaryOf(2, 1);
  summary.unattributed = 4;
  summary.facts.complete = false;
  const auto message =
      RunMessage(summary, {.service = "web", .rollback = true}, haldane::v1::GUARD_RUN_STATE_FINISHED);
  EXPECT_EQ(message.counts().blocked_domains(), 1u);
  EXPECT_EQ(message.counts().unattributed(), 4u);
  EXPECT_FALSE(message.counts().audit_complete());
  EXPECT_FALSE(message.counts().has_baseline());
  EXPECT_EQ(message.exit_code(), 3);
  EXPECT_EQ(message.ended_at().seconds(), 1060);
  EXPECT_EQ(message.service(), "web");
  EXPECT_TRUE(message.rollback());
  const auto running = RunMessage(summary, {}, haldane::v1::GUARD_RUN_STATE_RUNNING);
  EXPECT_FALSE(running.has_ended_at());
  EXPECT_EQ(running.exit_code(), 0);
}

TEST(RunMessageTest, TheWorstAndTheNewComeFirst) {
  Summary summary = SummaryOf(3, 0);
  summary.has_baseline = true;
  summary.domains["n1.example"].is_new = true;
  summary.domains["n2.example"].worst = Action::kBlocked;
  const auto message = RunMessage(summary, {}, haldane::v1::GUARD_RUN_STATE_FINISHED);
  EXPECT_EQ(message.domains(0).name(), "n2.example");
  EXPECT_EQ(message.domains(1).name(), "n1.example");
  EXPECT_EQ(message.counts().new_domains(), 1u);
}

TEST(RunMessageTest, IsBoundedWhateverTheRunDidAndCountsTheRest) {
  auto message = RunMessage(SummaryOf(5000, 900), {}, haldane::v1::GUARD_RUN_STATE_FINISHED);
  for (int i = 0; i < 250; ++i) AddEventLine(absl::Now(), std::string(5000, 'z'), &message);
  EXPECT_EQ(message.domains_size(), 500);
  EXPECT_EQ(message.findings_size(), 200);
  EXPECT_EQ(message.events_size(), 200);
  EXPECT_EQ(message.not_listed(), 4500u + 700u + 50u);
  EXPECT_LT(message.ByteSizeLong(), 1u << 20) << "what the controller takes";
}

// A command line may hold any bytes; a message with them would be lost as a whole.
TEST(RunMessageTest, TextIsUtf8CutAtACharacter) {
  EXPECT_EQ(Utf8Text("a\xff\xc3\xa9", 10), "a?\xc3\xa9");
  EXPECT_EQ(Utf8Text("ab\xc3\xa9", 3), "ab");
  Summary summary = SummaryOf(0, 1);
  summary.findings[0].command = "curl \xff\xfe";
  haldane::v1::GuardRun again;
  EXPECT_TRUE(again.ParseFromString(
      RunMessage(summary, {}, haldane::v1::GUARD_RUN_STATE_FINISHED).SerializeAsString()));
}

}  // namespace
}  // namespace haldane::guard
