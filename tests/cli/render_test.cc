#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_join.h"
#include "cli/render/compatibility.h"
#include "cli/render/explain.h"
#include "cli/render/numbers.h"
#include "cli/render/progress.h"
#include "cli/render/report.h"
#include "cli/render/style.h"
#include "cli/render/table.h"
#include "tests/cli/sample_rollout_fixture.h"

namespace haldane::cli {
namespace {

using ::testing::HasSubstr;

constexpr Style kPlain{};
constexpr Style kFull{.color = true, .unicode = true};

TEST(NumbersTest, ReadWell) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(20113), "20,113");
  EXPECT_EQ(Grouped(std::numeric_limits<uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(Ratio(1.0234), "1.02x");
  EXPECT_EQ(Ratio(40.96), "41.0x");
  EXPECT_EQ(Ratio(413.2), "413x");
  EXPECT_EQ(Ratio(2.5e6), "2,500,000x");
  EXPECT_EQ(Ratio(1e300), "1,000,000,000,000,000x");
  EXPECT_EQ(Ratio(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(Ratio(std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(Rate(9.02), "9.02 per request");
  EXPECT_EQ(Rate(0.0005), "0.5 per 1,000 requests");
  EXPECT_EQ(ShortTime(absl::Seconds(45)), "45s");
  EXPECT_EQ(ShortTime(absl::Seconds(72)), "1m12s");
  EXPECT_EQ(ShortTime(absl::Minutes(30)), "30m");
  EXPECT_EQ(ShortTime(absl::Minutes(90)), "1h30m");
  EXPECT_EQ(ShortTime(absl::Hours(80)), "3d");
  EXPECT_EQ(ShortTime(-absl::Seconds(5)), "0s");
}

TEST(StyleTest, HostileTextCannotSteerTheTerminal) {
  EXPECT_EQ(Printable("Errno::ENOENT \xC3\xA9"), "Errno::ENOENT \xC3\xA9");
  EXPECT_EQ(Printable("a\x1B[2J\nb\x7F\xC2\x9B\xFF"), "a?[2J?b???");
}

TEST(StyleTest, CutsByWhatIsSeen) {
  EXPECT_EQ(Columns("\x1B[32m✔ clear\x1B[0m"), 7);
  EXPECT_EQ(CutTo("✔ clear", 3), "✔ c");
  EXPECT_EQ(CutTo("\x1B[32m✔ clear\x1B[0m", 3), "\x1B[32m✔ c\x1B[0m");
  EXPECT_EQ(CutTo("short", 5), "short");
  EXPECT_EQ(CutTo("short", 0), "");
}

TEST(TableTest, AlignsPaintedCells) {
  Table table({"NAME", "STATE", "AGE"});
  table.AddRow({"a", Paint(kFull, Color::kGreen, "✔ clear"), "1m"});
  table.AddRow({"longer", "none"});
  EXPECT_EQ(table.Render(), "NAME    STATE    AGE\na       \x1B[32m✔ clear\x1B[0m  1m\nlonger  none\n");
}

TEST(VerdictReportTest, ShowsTheNumbersBehindTheWord) {
  EXPECT_EQ(VerdictReport(SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK), {.unicode = true}),
            R"(✖ ROLLBACK  web-b
The canary raises 40.9 times as many exceptions per request as the baseline.

SIGNAL           FINDING      CANARY         BASELINE      RATIO  INTERVAL      TOLERATED  ACTION
ruby.exceptions  ✖ harmful    412 of 20,113  10 of 19,998  41.0x  [20.0, 83.2]  1.25x      rollback
http.5xx         ? undecided  0 of 20,113    0 of 19,998   -      [0.00, inf]   1.10x      rollback

http.5xx: no 5xx on either side yet

ruby.exceptions, classes that differ most:
  Errno::ENOENT  canary 402 of 20,113 requests, baseline 10 of 19,998
  Evil?[2J       canary 10 of 20,113 requests, baseline 0 of 19,998

False-stop budget spent: 0.0 %
)");
}

TEST(VerdictReportTest, ShowsWhatPreventsJudgement) {
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  rollout.set_impediment("the store cannot be written");
  EXPECT_THAT(VerdictReport(rollout, kPlain), HasSubstr("\nimpediment: the store cannot be written\n"));
}

TEST(VerdictReportTest, ShowsTenClassesAtMost) {
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_HALTED);
  for (int i = 0; i < 20; ++i) rollout.mutable_verdict()->mutable_findings(0)->add_classes()->set_name("X");
  EXPECT_THAT(VerdictReport(rollout, kPlain), HasSubstr("\n  and 12 more\n"));
}

TEST(ExplainReportTest, ComparesEachNumberWithItsLimit) {
  const std::string text = ExplainReport(SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK), kPlain);
  EXPECT_THAT(text, HasSubstr(R"(
ruby.exceptions  x harmful  when harmful: rollback
  canary       412 events in 20,113 requests on 1 host: 20.5 per 1,000 requests
  baseline     10 events in 19,998 requests on 1 host: 0.5 per 1,000 requests
  ratio        41.0x, somewhere in [20.0, 83.2], valid at every moment
  tolerated    up to 1.25x, and whatever the ratio a canary rate below 1 per 1,000 requests
  harmful at   12.50 of 5.00 (reached)
  clear at     0.00 of 3.00 (0 %)
)"));
  EXPECT_THAT(text, HasSubstr(R"(
all signals together stop the rollout at 2.30 of 4.60 (50 %)
chance of stopping a good canary at most 0.01, of passing a bad one at most 0.05
proceeds no sooner than 3m, undecided after 30m, processes count from an age of 45s
computed from events with SHA-256 00ff
)"));
}

TEST(ProgressTest, BlockShowsEvidenceOnItsWayToTheNearerBound) {
  EXPECT_EQ(absl::StrJoin(
                ProgressBlock(SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING), {.unicode = true}), "\n"),
            R"(● observing  web-b  1m12s of 30m  canary 1 host, baseline 1 host (1 process warming up)
  The canary raises 40.9 times as many exceptions per request as the baseline.
  SIGNAL           FINDING      RATIO               EVIDENCE                    CANARY         BASELINE
  ruby.exceptions  ✖ harmful    41.0x [20.0, 83.2]  ██████████ 100% to harmful  412 of 20,113  10 of 19,998
  http.5xx         ? undecided  - [0.00, inf]       ███████░░░  71% to clear    0 of 20,113    0 of 19,998)");
}

TEST(ProgressTest, SurvivesNumbersThatMakeNoSense) {
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (haldane::v1::Finding& finding : *rollout.mutable_verdict()->mutable_findings()) {
    finding.set_harm_evidence(nan);
    finding.set_clear_evidence(-std::numeric_limits<double>::infinity());
    finding.set_clear_bound(nan);
    finding.set_harm_bound(0);
    finding.set_ratio(nan);
    finding.set_ratio_low(nan);
    finding.set_ratio_high(nan);
  }
  rollout.mutable_verdict()->mutable_as_of()->set_seconds(-1);
  EXPECT_THAT(ProgressBlock(rollout, kPlain)[3], HasSubstr("..........   0% to clear"));
  EXPECT_THAT(ExplainReport(rollout, kPlain), HasSubstr("harmful at   nan of 0.00\n"));
}

class ProgressOutputTest : public ::testing::Test {
 protected:
  std::string Take() {
    const std::string text = err_.str();
    err_.str("");
    return text;
  }

  std::ostringstream out_, err_;
};

TEST_F(ProgressOutputTest, InLogsOneLinePerChangeOrTenSeconds) {
  const Console console{.out = out_, .err = err_};
  Progress progress(console);
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  progress.Show(rollout, absl::Seconds(1));
  EXPECT_EQ(Take(),
            "observing 1m12s of 30m: ruby.exceptions harmful 41.0x [20.0, 83.2], canary 412 of 20,113, "
            "baseline 10 of "
            "19,998; http.5xx undecided - [0.00, inf], canary 0 of 20,113, baseline 0 of 19,998\n");
  progress.Show(rollout, absl::Seconds(2));
  EXPECT_EQ(Take(), "") << "nothing changed";
  rollout.mutable_verdict()->mutable_findings(1)->set_state(haldane::v1::FINDING_STATE_CLEAR);
  progress.Show(rollout, absl::Seconds(3));
  EXPECT_THAT(Take(), HasSubstr("http.5xx clear"));
  progress.Show(rollout, absl::Seconds(12));
  EXPECT_EQ(Take(), "");
  progress.Show(rollout, absl::Seconds(13));
  EXPECT_NE(Take(), "");

  rollout.mutable_verdict()->set_state(haldane::v1::ROLLOUT_STATE_WARMING);
  rollout.mutable_verdict()->set_sentence("Processes warm up.");
  progress.Show(rollout, absl::Seconds(14));
  EXPECT_EQ(Take(), "warming 1m12s of 30m: Processes warm up.\n") << "there is nothing to compare yet";

  progress.Say("waiting");
  progress.Say("waiting");
  EXPECT_EQ(Take(), "waiting\n") << "the same is said once";
  progress.Clear();
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressOutputTest, OnATerminalTheBlockIsRedrawnInPlace) {
  const Console console{.out = out_, .err = err_, .live = true, .width = [] { return 40; }};
  Progress progress(console);
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  rollout.mutable_verdict()->clear_findings();
  rollout.mutable_verdict()->clear_sentence();
  progress.Show(rollout, absl::Seconds(1));
  EXPECT_EQ(Take(), "* observing  web-b  1m12s of 30m  canar\n") << "cut before the last column";
  progress.Say("waiting for the controller");
  EXPECT_EQ(Take(), "\x1B[1A\r\x1B[J* observing  web-b  1m12s of 30m  canar\nwaiting for the controller\n");
  progress.Show(rollout, absl::Seconds(2));
  EXPECT_EQ(Take(), "\x1B[2A\r\x1B[J* observing  web-b  1m12s of 30m  canar\n");
  progress.Clear();
  EXPECT_EQ(Take(), "\x1B[1A\r\x1B[J");
}

TEST(CompatibilityReportTest, EveryLackHasItsRemedy) {
  haldane::v1::Compatibility compatibility;
  compatibility.set_profile(haldane::v1::Compatibility::PROFILE_REDUCED);
  compatibility.set_kernel_release("5.10.0");
  haldane::v1::Compatibility::Missing* missing = compatibility.add_missing();
  missing->set_capability("uprobe_multi");
  missing->set_reason("the kernel does not know it");
  missing->set_remedy("use Linux 6.6 or newer");
  EXPECT_EQ(CompatibilityReport(compatibility, kPlain),
            R"(! reduced: some signals cannot be had on this host (kernel 5.10.0)

uprobe_multi
  why     the kernel does not know it
  remedy  use Linux 6.6 or newer
)");
  EXPECT_EQ(CompatibilityExitCode(compatibility), 3);
  compatibility.set_profile(haldane::v1::Compatibility::PROFILE_FULL);
  EXPECT_EQ(CompatibilityExitCode(compatibility), 0);
  compatibility.set_profile(haldane::v1::Compatibility::PROFILE_UNSPECIFIED);
  EXPECT_EQ(CompatibilityExitCode(compatibility), 1);
}

}  // namespace
}  // namespace haldane::cli
