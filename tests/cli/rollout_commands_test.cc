#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "tests/cli/fake_controller_fixture.h"
#include "tests/cli/sample_rollout_fixture.h"
#include "tests/cli/temporary_path.h"

namespace haldane::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RolloutCommandsTest : public ::testing::Test {
 protected:
  RolloutCommandsTest() : server_{.address = controller_.address()} {
    controller_.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING));
  }

  FakeController controller_;
  Server server_;
  std::ostringstream out_, err_;
  Console console_{.out = out_, .err = err_};
};

TEST_F(RolloutCommandsTest, CreatePrintsTheName) {
  const std::string file = TemporaryPath("rollout_commands_test_plan.yaml");
  std::ofstream(file) << "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";
  EXPECT_EQ(RunRolloutCreate({.plan_file = file}, server_, console_), kExitDone) << err_.str();
  EXPECT_EQ(out_.str(), "web-b\n");
  EXPECT_THAT(controller_.calls(), ElementsAre("create web-b"));
}

TEST_F(RolloutCommandsTest, ListPrintsATable) {
  EXPECT_EQ(RunRolloutList({.service = "web", .limit = 7}, server_, console_), kExitDone);
  EXPECT_THAT(out_.str(),
              ::testing::MatchesRegex("ROLLOUT  STATE        SERVICE  CANARY  BASELINE  AGE\n"
                                      "web-b    . observing  web      b       a         [0-9]+d\n"))
      << out_.str();
  EXPECT_THAT(controller_.calls(), ElementsAre("list web 7"));
}

TEST_F(RolloutCommandsTest, AnEmptyListSaysSoOnErr) {
  controller_.AnswerCalls({});
  EXPECT_EQ(RunRolloutList({}, server_, console_), kExitDone);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "there are no rollouts; open one: haldane gate --plan FILE\n");
}

TEST_F(RolloutCommandsTest, GetShowsFindingsAndHosts) {
  EXPECT_EQ(RunRolloutGet({.name = "web-b"}, server_, console_), kExitDone);
  EXPECT_THAT(out_.str(), StartsWith("* OBSERVING  web-b\n"));
  EXPECT_THAT(out_.str(),
              HasSubstr("\nHOST   COHORT    PROCESSES  WARMING  REQUESTS  EXCEPTIONS  5XX  SILENT"));
}

TEST_F(RolloutCommandsTest, GetOfAnUnknownNameSaysWhereToLook) {
  controller_.FailCalls(grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no rollout web-x"));
  EXPECT_EQ(RunRolloutGet({.name = "web-x"}, server_, console_), kExitError);
  EXPECT_EQ(err_.str(),
            "haldane: there is no rollout web-x; `haldane rollout list` shows the rollouts that exist\n");
}

TEST_F(RolloutCommandsTest, JsonIsTheProtoWithItsOwnNames) {
  EXPECT_EQ(RunRolloutGet({.name = "web-b", .output = Output::kJson}, server_, console_), kExitDone);
  EXPECT_THAT(out_.str(), StartsWith("{\"name\":\"web-b\",\"plan\":{"));
  EXPECT_THAT(out_.str(), HasSubstr("\"created_at\":\"2023-11-14T22:13:20Z\""));
  EXPECT_THAT(out_.str(), HasSubstr("\"state\":\"ROLLOUT_STATE_OBSERVING\""));
  EXPECT_THAT(out_.str(), HasSubstr("\"impediment\":\"\"")) << "every field is present";
}

TEST_F(RolloutCommandsTest, AbortEndsARunningRollout) {
  controller_.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_ABORTED));
  EXPECT_EQ(RunRolloutAbort({.name = "web-b", .reason = "wrong revision"}, server_, console_), kExitDone);
  EXPECT_EQ(out_.str(), "web-b aborted\n");
  EXPECT_THAT(controller_.calls(), ElementsAre("abort web-b: wrong revision"));
}

TEST_F(RolloutCommandsTest, AbortOfADecidedRolloutFails) {
  controller_.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED));
  EXPECT_EQ(RunRolloutAbort({.name = "web-b", .reason = "late"}, server_, console_), kExitError);
  EXPECT_EQ(err_.str(), "haldane: web-b had its verdict already, proceed; nothing was changed\n");
}

TEST_F(RolloutCommandsTest, AnotherMachineNeedsTls) {
  EXPECT_EQ(RunRolloutList({}, {.address = "10.1.2.3:7460"}, console_), kExitUsage);
  EXPECT_EQ(
      err_.str(),
      "haldane: 10.1.2.3:7460 is not on this machine, so TLS is required: give --tls-cert, --tls-key and "
      "--tls-ca, or --tls-ca and a token\n");
}

TEST_F(RolloutCommandsTest, ATlsFileThatCannotBeReadIsNamed) {
  const TlsFiles tls{
      .certificate = "/nonexistent/c.pem", .key = "/nonexistent/k.pem", .ca = "/nonexistent/ca.pem"};
  EXPECT_EQ(RunRolloutList({}, {.address = controller_.address(), .tls = tls}, console_), kExitUsage);
  EXPECT_EQ(err_.str(), "haldane: cannot open /nonexistent/c.pem: No such file or directory\n");
}

TEST_F(RolloutCommandsTest, PlanLintPrintsTheCompletePlan) {
  const std::string file = TemporaryPath("rollout_commands_test_lint.yaml");
  std::ofstream(file) << "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";
  EXPECT_EQ(RunPlanLint(file, console_), kExitDone);
  const std::string complete = out_.str();
  EXPECT_THAT(complete,
              StartsWith("rollout: web-b\nservice: web\ncanary: {revision: b}\nbaseline: {revision: a}\n"
                         "observe: {min: 3m, max: 30m, warmup: 45s}\n"));
  EXPECT_THAT(complete, HasSubstr("\n  - {name: http.5xx, tolerate: "));
  // Nothing is left to fill in.
  std::ofstream(file) << complete;
  out_.str("");
  EXPECT_EQ(RunPlanLint(file, console_), kExitDone);
  EXPECT_EQ(out_.str(), complete);
  std::ofstream(file) << "service: web\n";
  EXPECT_EQ(RunPlanLint(file, console_), kExitUsage);
}

}  // namespace
}  // namespace haldane::cli
