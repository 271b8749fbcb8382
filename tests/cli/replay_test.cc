// Recordings: what is written is read, what was changed is noticed, and the
// judge says of them what it said then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands/operator_commands.h"
#include "cli/exit_code.h"
#include "cli/log_reader.h"
#include "cli/recording.h"
#include "controller/rollout/rollout.h"
#include "tests/cli/temporary_path.h"
#include "tests/fakes/fake_fleet.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::cli {
namespace {

using haldane::testing::IsOk;
using haldane::testing::StatusIs;
using ::testing::HasSubstr;

// The log of a canary that swallows exceptions, up to its verdict.
std::vector<haldane::v1::LoggedEvent> BadCanary() {
  std::vector<haldane::v1::LoggedEvent> events;
  std::string digest;
  const auto log = [&](const std::string& bytes) {
    haldane::v1::LoggedEvent event;
    event.set_sequence(events.size() + 1);
    event.set_payload(bytes);
    digest = NextDigest(digest, bytes);
    event.set_digest(digest);
    events.push_back(event);
  };
  absl::Time now = haldane::testing::Start();
  log(haldane::testing::CreatedBytes(haldane::testing::TestPlan(), now));
  const auto rollout = *controller::Rollout::Open(events.back().payload());
  haldane::testing::FakeFleet fleet(2);
  fleet.AddBothSides(3, {.exceptions_per_request = 0.06, .exception_class = "Inventory::StaleCacheError"},
                     {});
  for (int second = 0; second < 119 && !controller::IsTerminal(rollout->Judge().state()); ++second) {
    fleet.Serve();
    now += absl::Seconds(1);
    log(haldane::testing::TickBytes(fleet.Report(), now));
    EXPECT_THAT(rollout->Apply(events.back().payload()), IsOk());
  }
  log(haldane::testing::VerdictBytes(rollout->Judge(), now));
  return events;
}

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() { EXPECT_THAT(WriteRecording(file_, events_), IsOk()); }

  int Run(const ReplayOptions& options) { return RunReplay(options, console_); }

  const std::vector<haldane::v1::LoggedEvent> events_ = BadCanary();
  const std::string file_ = TemporaryPath("replay_test.recording");
  std::ostringstream out_, err_;
  Console console_{.out = out_, .err = err_};
};

TEST_F(ReplayTest, TheJudgeSaysWhatItSaidBitForBit) {
  EXPECT_EQ(Run({.path = file_}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("recorded    rollback after"));
  EXPECT_THAT(out_.str(), HasSubstr("bit for bit the same"));
}

TEST_F(ReplayTest, AVerdictThatWasNotTheJudgesIsNoticed) {
  std::vector<haldane::v1::LoggedEvent> forged = events_;
  haldane::v1::RolloutEvent end;
  ASSERT_TRUE(end.ParseFromString(forged.back().payload()));
  end.mutable_verdict_reached()->mutable_verdict()->set_state(haldane::v1::ROLLOUT_STATE_PROCEED);
  forged.back().set_payload(end.SerializeAsString());
  forged.back().set_digest(NextDigest(forged[forged.size() - 2].digest(), forged.back().payload()));
  ASSERT_THAT(WriteRecording(file_, forged), IsOk());
  EXPECT_EQ(Run({.path = file_}), kExitError);
  EXPECT_THAT(out_.str(), HasSubstr("NOT the same: rollback"));
}

TEST_F(ReplayTest, AnotherPlanGivesAnotherVerdict) {
  const std::string plan = TemporaryPath("replay_test_plan.yaml");
  std::ofstream(plan)
      << "service: web\ncanary: {revision: new}\nbaseline: {revision: old}\n"
         "observe: {min: 10s, max: 120s, warmup: 5s}\n"
         "signals: [{name: ruby.exceptions, action: observe}, {name: http.5xx, tolerate: 9x}]\n";
  EXPECT_EQ(Run({.path = file_, .plan_file = plan}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("other plan  no verdict"));
}

// One plan is tried on recordings of many rollouts, whose revisions it cannot know.
TEST_F(ReplayTest, AnotherPlanJudgesTheRevisionsOfTheRecording) {
  const std::string plan = TemporaryPath("replay_test_plan.yaml");
  std::ofstream(plan) << "service: any\ncanary: {revision: any}\nbaseline: {revision: other}\n"
                         "observe: {min: 10s, max: 120s, warmup: 5s}\n"
                         "signals: [{name: ruby.exceptions, action: halt}]\n";
  EXPECT_EQ(Run({.path = file_, .plan_file = plan}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("other plan  halt"));
}

TEST_F(ReplayTest, ADirectoryGivesATableOfWhatBecameWhat) {
  const std::string directory = TemporaryPath("replay_test_directory");
  std::filesystem::create_directories(directory);
  ASSERT_THAT(WriteRecording(directory + "/a", events_), IsOk());
  ASSERT_THAT(WriteRecording(directory + "/b", events_), IsOk());
  EXPECT_EQ(Run({.path = directory}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("rollback        2"));

  const std::string plan = TemporaryPath("replay_test_directory_plan.yaml");
  std::ofstream(plan) << "service: web\ncanary: {revision: new}\nbaseline: {revision: old}\n"
                         "signals: [{name: http.5xx, tolerate: 9x}]\n";
  out_.str("");
  EXPECT_EQ(Run({.path = directory, .plan_file = plan}), kExitDone) << err_.str();
  EXPECT_EQ(out_.str(), "RECORDED \\ NOW  no verdict\nrollback        2\n");
}

TEST_F(ReplayTest, AFileThatWasChangedOrCutOrIsNoneIsNamed) {
  std::stringstream content;
  content << std::ifstream(file_).rdbuf();
  const std::string bytes = content.str();
  const auto with = [&](std::string text) {
    std::ofstream(file_, std::ios::trunc) << text;
    return ReadRecording(file_).status();
  };
  EXPECT_THAT(with("something else entirely"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("is no recording")));
  EXPECT_THAT(with(bytes.substr(0, bytes.size() - 7)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cut short")));
  std::string changed = bytes;
  changed[bytes.size() / 2] ^= 1;
  EXPECT_EQ(with(changed).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadRecording("/nonexistent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace haldane::cli
