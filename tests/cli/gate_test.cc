#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"
#include "cli/commands/commands.h"
#include "cli/exit_code.h"
#include "plan/validate.h"
#include "tests/cli/fake_controller_fixture.h"
#include "tests/cli/sample_rollout_fixture.h"
#include "tests/cli/temporary_path.h"

namespace haldane::cli {
namespace {

using haldane::v1::Rollout;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    options_.plan_file = TemporaryPath("gate_test_plan.yaml");
    WritePlan("service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n");
    options_.timeout = absl::Seconds(60);
    options_.unreachable_after = absl::Seconds(20);
    controller_.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PENDING));
  }

  void WritePlan(const std::string& text) { std::ofstream(options_.plan_file) << text; }

  // The gate against the fake controller.
  Result Gate() const {
    std::ostringstream out, err;
    const Console console{.out = out, .err = err};
    const int code = RunGate(options_, {.address = controller_.address()}, console);
    return {code, out.str(), err.str()};
  }

  // The gate when the controller answers with this state.
  Result GateEndingIn(haldane::v1::RolloutState state) {
    controller_.AddStream(
        {.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING), SampleRollout(state)}});
    return Gate();
  }

  FakeController controller_;
  GateOptions options_;
};

TEST_F(GateTest, ExitsWithTheVerdict) {
  const std::pair<haldane::v1::RolloutState, int> verdicts[] = {
      {haldane::v1::ROLLOUT_STATE_PROCEED, 0}, {haldane::v1::ROLLOUT_STATE_ROLLED_BACK, 3},
      {haldane::v1::ROLLOUT_STATE_HALTED, 4},  {haldane::v1::ROLLOUT_STATE_UNDECIDED, 5},
      {haldane::v1::ROLLOUT_STATE_ABORTED, 4},
  };
  for (const auto& [state, code] : verdicts) {
    FakeController controller;
    controller.AddStream({.views = {SampleRollout(state)}});
    controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PENDING));
    std::ostringstream out, err;
    EXPECT_EQ(RunGate(options_, {.address = controller.address()}, {.out = out, .err = err}), code)
        << err.str();
  }
}

TEST_F(GateTest, OpensTheRolloutOfThePlanAndWaitsForIt) {
  EXPECT_EQ(GateEndingIn(haldane::v1::ROLLOUT_STATE_PROCEED).code, kExitDone);
  EXPECT_THAT(controller_.calls(), ElementsAre("create web-b", "wait web-b"));
  EXPECT_TRUE(plan::ValidatePlan(controller_.plan()).ok()) << "the plan is sent with its defaults";
}

TEST_F(GateTest, ARolloutThatHasEndedNeedsNoWait) {
  controller_.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK));
  EXPECT_EQ(Gate().code, kExitRollback);
}

TEST_F(GateTest, TheNameOfTheRolloutCanBeGiven) {
  options_.rollout_name = "web-42";
  GateEndingIn(haldane::v1::ROLLOUT_STATE_PROCEED);
  EXPECT_THAT(controller_.calls(), ElementsAre("create web-42", "wait web-42"));
}

TEST_F(GateTest, TheVerdictGoesToOutAndProgressToErr) {
  const Result result = GateEndingIn(haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  EXPECT_THAT(result.out, StartsWith("x ROLLBACK  web-b\nThe canary raises 40.9 times"));
  EXPECT_THAT(result.out, HasSubstr("Errno::ENOENT  canary 402 of 20,113 requests, baseline 10 of 19,998\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("observing")));
  EXPECT_THAT(result.err, HasSubstr("pending 1m12s of 30m: The canary raises 40.9 times"));
  EXPECT_THAT(result.err, HasSubstr("\nobserving 1m12s of 30m: ruby.exceptions harmful 41.0x [20.0, 83.2]"));
  EXPECT_THAT(result.err, HasSubstr("why: haldane rollout explain web-b\n"));
}

constexpr char kTwoStages[] =
    "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n"
    "stages: [{name: canary, hosts: 2}, {name: ten-percent, share: 0.1}]\n";

Rollout InStageTwo(bool held) {
  Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  rollout.mutable_verdict()->set_stage("ten-percent");
  rollout.mutable_verdict()->add_stages_passed("canary");
  rollout.set_held(held);
  return rollout;
}

TEST_F(GateTest, OfAStageEndsWhenThatIsPassedAndTheRolloutGoesOn) {
  WritePlan(kTwoStages);
  options_.stage = "canary";
  controller_.AddStream(
      {.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING), InStageTwo(false)}, .hangs = true});
  const Result text = Gate();
  EXPECT_EQ(text.code, kExitDone);
  EXPECT_THAT(text.out, StartsWith("Stage canary is passed; the rollout goes on with the next."));
  options_.output = Output::kJson;
  EXPECT_THAT(Gate().out, StartsWith("{\"verdict\":\"stage_passed\",\"exit_code\":0,"));
}

TEST_F(GateTest, OfAStageWaitsWhileAPersonHoldsTheRollout) {
  WritePlan(kTwoStages);
  options_.stage = "canary";
  controller_.AddStream({.views = {InStageTwo(true), SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK)}});
  EXPECT_EQ(Gate().code, kExitRollback);
}

TEST_F(GateTest, OfTheLastStageWaitsForTheVerdict) {
  WritePlan(kTwoStages);
  options_.stage = "ten-percent";
  controller_.AddStream({.views = {InStageTwo(false), SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED)}});
  EXPECT_EQ(Gate().code, kExitDone);
}

TEST_F(GateTest, AStageThatThePlanDoesNotHaveIsNamedBeforeAnyCall) {
  options_.stage = "canry";
  EXPECT_EQ(Gate().code, kExitUsage);
  WritePlan(kTwoStages);
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("--stage canry: the plan has no such stage, only canary, ten-percent"));
  EXPECT_THAT(controller_.calls(), ElementsAre());
}

class GithubTest : public GateTest {
 protected:
  GithubTest() {
    options_.output = Output::kGithub;
    setenv("GITHUB_OUTPUT", outputs_.c_str(), 1);
    setenv("GITHUB_STEP_SUMMARY", summary_.c_str(), 1);
  }
  ~GithubTest() override {
    unsetenv("GITHUB_OUTPUT");
    unsetenv("GITHUB_STEP_SUMMARY");
  }
  static std::string Content(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
  }
  const std::string outputs_ = TemporaryPath("gate_test_outputs");
  const std::string summary_ = TemporaryPath("gate_test_summary");
};

TEST_F(GithubTest, WritesOutputsSummaryAndAnnotation) {
  const Result result = GateEndingIn(haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  EXPECT_EQ(result.code, kExitRollback);
  const std::string outputs = Content(outputs_);
  EXPECT_THAT(outputs, HasSubstr("\nrollback\n"));
  EXPECT_THAT(outputs, HasSubstr("\nweb-b\n"));
  EXPECT_THAT(outputs, HasSubstr("decided<<"));
  EXPECT_THAT(outputs, HasSubstr("\n3\n"));
  EXPECT_THAT(Content(summary_), StartsWith("### Haldane: ROLLBACK\n\nThe canary raises 40.9 times"));
  EXPECT_THAT(Content(summary_), HasSubstr("| ruby.exceptions | harmful | "));
  EXPECT_THAT(result.out, HasSubstr("\n::error title=Haldane%3A rollback::The canary raises 40.9 times"));
}

TEST_F(GithubTest, WhatProcessesSayIsNeitherCommandNorOutputNorMarkup) {
  Rollout hostile = SampleRollout(haldane::v1::ROLLOUT_STATE_HALTED);
  hostile.mutable_verdict()->set_sentence("x\n::add-mask::y\nverdict=proceed\n<img src=x>|");
  controller_.AddStream({.views = {hostile}});
  const Result result = Gate();
  EXPECT_THAT(Content(outputs_), Not(HasSubstr("\nverdict=proceed")));
  EXPECT_THAT(Content(summary_), Not(HasSubstr("<img")));
  EXPECT_THAT(result.out, Not(HasSubstr("\n::add-mask")));
  // Between these marks, and nowhere else, lines are no commands.
  EXPECT_THAT(result.out, StartsWith("::stop-commands::"));
  const std::string token = result.out.substr(17, result.out.find('\n') - 17);
  EXPECT_THAT(result.out, HasSubstr("\n::" + token + "::\n::error title="));
  EXPECT_GE(token.size(), 32u);
}

TEST_F(GateTest, JsonIsOneDocument) {
  options_.output = Output::kJson;
  const Result result = GateEndingIn(haldane::v1::ROLLOUT_STATE_HALTED);
  EXPECT_EQ(result.code, kExitHalt);
  EXPECT_THAT(result.out,
              StartsWith("{\"verdict\":\"halt\",\"exit_code\":4,\"reason\":\"The canary raises 40.9 "));
  EXPECT_THAT(
      result.out,
      HasSubstr("\"rollout\":{\"name\":\"web-b\",\"plan\":{\"rollout\":\"web-b\",\"service\":\"web\""));
  EXPECT_THAT(result.out, HasSubstr("\"ratio_high\":\"Infinity\""));
  EXPECT_THAT(result.out, HasSubstr("\"exposure\":20113"));
  EXPECT_EQ(result.out.find('\n'), result.out.size() - 1);
}

TEST_F(GateTest, AWrongPlanIsUsageAndReachesNoController) {
  WritePlan("servise: web\ncanary: {revision: b}\nbaseline: {revision: b}\n");
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(
      std::vector<std::string>(absl::StrSplit(result.err, '\n')),
      ElementsAre(
          absl::StrCat("haldane: ", options_.plan_file, ":1: servise: unknown key; did you mean service?"),
          absl::StrCat("haldane: ", options_.plan_file,
                       ":3: baseline: matches processes that canary matches too; give both one label "
                       "with different values, such as revision"),
          ""));
  EXPECT_THAT(controller_.calls(), ElementsAre());

  options_.plan_file = "/nonexistent/plan.yaml";
  EXPECT_EQ(Gate().code, kExitUsage);
  EXPECT_EQ(Gate().err, "haldane: cannot open /nonexistent/plan.yaml: No such file or directory\n");
}

TEST_F(GateTest, AWrongNameIsUsage) {
  options_.rollout_name = "a/b";
  EXPECT_EQ(Gate().code, kExitUsage);
  EXPECT_THAT(Gate().err, StartsWith("haldane: --rollout-name is \"a/b\"; a rollout's name is"));
}

TEST_F(GateTest, FailuresOfTheControllerHaveTheirOwnCodes) {
  const std::pair<grpc::StatusCode, int> failures[] = {
      {grpc::StatusCode::UNAUTHENTICATED, 7},  {grpc::StatusCode::PERMISSION_DENIED, 7},
      {grpc::StatusCode::INVALID_ARGUMENT, 2}, {grpc::StatusCode::ALREADY_EXISTS, 2},
      {grpc::StatusCode::UNIMPLEMENTED, 1},    {grpc::StatusCode::FAILED_PRECONDITION, 1},
  };
  for (const auto& [status, code] : failures) {
    controller_.FailCalls(grpc::Status(status, "because it is so"));
    const Result result = Gate();
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.err, StartsWith("haldane: "));
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(GateTest, PermissionLostWhileWaitingIsNotUnreachable) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)},
                         .status = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "deployers only")});
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitNotAllowed);
  EXPECT_THAT(result.err, HasSubstr("not allowed: deployers only; ask whoever runs the controller"));
}

TEST_F(GateTest, AControllerThatStaysAwayIsUnreachable) {
  controller_.Stop();
  options_.unreachable_after = absl::Milliseconds(300);
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("haldane: cannot reach the controller at ",
                                                 controller_.address(), " (")));
  EXPECT_EQ(result.out, "");
}

TEST_F(GateTest, AnUnreachableControllerPassesOnlyWhenAsked) {
  controller_.Stop();
  options_.unreachable_after = absl::Milliseconds(300);
  options_.pass_when_unreachable = true;
  options_.output = Output::kJson;
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitDone);
  EXPECT_THAT(result.out, StartsWith("{\"verdict\":\"unreachable\",\"exit_code\":0,"));
  EXPECT_THAT(result.out, ::testing::EndsWith("\"rollout\":null}\n"));
  EXPECT_THAT(result.err, HasSubstr("passing WITHOUT a verdict, as --on-unreachable pass asks"));
}

TEST_F(GateTest, PassingWhenUnreachableDoesNotPassWhenNotAllowed) {
  options_.pass_when_unreachable = true;
  controller_.FailCalls(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "deployers only"));
  EXPECT_EQ(Gate().code, kExitNotAllowed);
}

TEST_F(GateTest, AConnectedControllerThatSaysNothingIsUnreachable) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)}, .hangs = true});
  options_.silent_after = absl::Milliseconds(300);
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitUnreachable);
  EXPECT_THAT(result.err, HasSubstr("has said nothing for"));
  EXPECT_THAT(result.err, HasSubstr("the rollout goes on\n  look:  haldane rollout get web-b\n"));
}

TEST_F(GateTest, FollowsThroughARestartOfTheController) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)}, .hangs = true});
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED)}});
  Result result;
  std::thread gate([&] { result = Gate(); });
  controller_.AwaitHanging(1);
  controller_.Stop();
  controller_.Start();
  gate.join();
  EXPECT_EQ(result.code, kExitDone) << result.err;
  EXPECT_THAT(result.err, HasSubstr("waiting for the controller, 20s at most: "));
  EXPECT_THAT(controller_.calls(), ElementsAre("create web-b", "wait web-b", "wait web-b"))
      << "opened once only";
}

TEST_F(GateTest, FollowsOnWhenTheControllerClosesTheStreamEarly) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)}});
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK)}});
  EXPECT_EQ(Gate().code, kExitRollback);
}

TEST_F(GateTest, AControllerThatKeepsFailingIsAnError) {
  controller_.AddStream({.status = grpc::Status(grpc::StatusCode::INTERNAL, "the store is gone")});
  options_.unreachable_after = absl::Milliseconds(900);
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitError);
  EXPECT_THAT(result.err, HasSubstr("haldane: the controller failed: the store is gone; look at its log"));
}

TEST_F(GateTest, ARolloutThatVanishesIsAnError) {
  controller_.AddStream({.status = grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no rollout web-b")});
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitError);
  EXPECT_THAT(result.err, HasSubstr("there is no rollout web-b; `haldane rollout list` shows"));
}

TEST_F(GateTest, NoVerdictAtTheDeadlineIsUndecided) {
  controller_.AddStream({.hangs = true});
  options_.timeout = absl::Milliseconds(300);
  const Result result = Gate();
  EXPECT_EQ(result.code, kExitUndecided);
  EXPECT_THAT(result.err, HasSubstr("haldane: no verdict within"));
  EXPECT_THAT(result.err, HasSubstr("haldane rollout abort web-b --reason WHY"));
}

TEST_F(GateTest, AnInterruptEndsTheGateAndNotTheRollout) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)}, .hangs = true});
  const UniqueFd interrupts(eventfd(0, EFD_CLOEXEC));
  options_.interrupt_fd = interrupts.get();
  Result result;
  std::thread gate([&] { result = Gate(); });
  controller_.AwaitHanging(1);
  eventfd_write(interrupts.get(), 1);
  gate.join();
  EXPECT_EQ(result.code, kExitInterrupted);
  // The views may or may not have arrived before the interrupt.
  EXPECT_THAT(result.err, HasSubstr("the rollout goes on"));
  EXPECT_THAT(result.err, HasSubstr("\n  look:  haldane rollout get web-b\n"));
  EXPECT_THAT(controller_.calls(), ElementsAre("create web-b", "wait web-b")) << "nothing was aborted";
}

}  // namespace
}  // namespace haldane::cli
