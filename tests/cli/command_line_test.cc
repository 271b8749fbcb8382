// The real binary: what it exits with and what a signal does to it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "cli/exit_code.h"
#include "tests/cli/fake_controller_fixture.h"
#include "tests/cli/sample_rollout_fixture.h"
#include "tests/cli/temporary_path.h"

namespace haldane::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A run of HALDANE_BINARY with its outputs in files.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HALDANE_BINARY);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    dup2(open(out_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
    dup2(open(err_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
    execv(HALDANE_BINARY, argv.data());
    _exit(127);
  }

  void Signal(int signal) const { kill(pid_, signal); }
  // The exit code; 128 + signal when a signal ended it.
  int Wait() const {
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string out() const { return Content(out_); }
  std::string err() const { return Content(err_); }

 private:
  static std::string Content(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
  }

  const std::string out_ = TemporaryPath("command_line_test.out");
  const std::string err_ = TemporaryPath("command_line_test.err");
  pid_t pid_;
};

TEST(CommandLineTest, WrongUsageExitsWithTwo) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"bogus"},
      {"rollout"},
      {"rollout", "bogus"},
      {"gate"},
      {"gate", "--plan", "/nonexistent.yaml"},
      {"gate", "--plan", "x", "--timeout", "5"},
      {"gate", "--plan", "x", "--timeout", "-5s"},
      {"gate", "--plan", "x", "--rollout-name", ""},
      {"gate", "--plan", "x", "-o", "xml"},
      {"rollout", "list", "-o", "github"},
      {"completion"},
      {"completion", "tcsh"},
      {"man"},
      {"gate", "--plan", "x", "--on-unreachable", "maybe"},
      {"rollout", "abort", "web-b"},
      {"rollout", "abort", "web-b", "--reason", ""},
      {"rollout", "list", "--limit", "0"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const Process process(arguments);
    EXPECT_EQ(process.Wait(), kExitUsage) << ::testing::PrintToString(arguments);
    EXPECT_NE(process.err(), "") << ::testing::PrintToString(arguments);
    EXPECT_EQ(process.out(), "") << ::testing::PrintToString(arguments);
  }
}

TEST(CommandLineTest, HelpOfTheGateBeginsWithTwoExamples) {
  const Process process({"gate", "--help"});
  EXPECT_EQ(process.Wait(), kExitDone);
  EXPECT_THAT(process.out(),
              StartsWith("Examples:\n  haldane gate --plan plan.yaml && deploy the-rest\n  haldane gate "));
}

TEST(CommandLineTest, PrintsExitCodesAndVersion) {
  const Process codes({"help", "exit-codes"});
  EXPECT_EQ(codes.Wait(), kExitDone);
  EXPECT_EQ(codes.out(), ExitCodeHelp());
  const Process version({"version"});
  EXPECT_EQ(version.Wait(), kExitDone);
  EXPECT_THAT(version.out(), ::testing::MatchesRegex("haldane [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CommandLineTest, TheServerComesFromTheEnvironmentUnlessGiven) {
  FakeController controller;
  controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED));
  setenv("HALDANE_SERVER", controller.address().c_str(), 1);
  const Process list({"rollout", "list"});
  EXPECT_EQ(list.Wait(), kExitDone) << list.err();
  setenv("HALDANE_SERVER", "127.0.0.1:1", 1);
  const Process given({"rollout", "list", "--server", controller.address()});
  EXPECT_EQ(given.Wait(), kExitDone) << given.err();
  unsetenv("HALDANE_SERVER");
}

TEST(CommandLineTest, DocumentsComeAsYamlTooAndTableIsText) {
  FakeController controller;
  controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED));
  const Process yaml({"rollout", "get", "web-b", "-o", "yaml", "--server", controller.address()});
  EXPECT_EQ(yaml.Wait(), kExitDone) << yaml.err();
  EXPECT_THAT(yaml.out(), StartsWith("name: \"web-b\"\nplan:\n"));
  EXPECT_THAT(yaml.out(), HasSubstr("\nverdict:\n  state: \"ROLLOUT_STATE_PROCEED\"\n"));
  const Process text({"rollout", "list", "-o", "text", "--server", controller.address()});
  const Process table({"rollout", "list", "-o", "table", "--server", controller.address()});
  EXPECT_EQ(text.Wait() + table.Wait(), 0);
  EXPECT_EQ(text.out(), table.out());
}

TEST(CommandLineTest, AWatchIsInterruptedInGoodOrder) {
  FakeController controller;
  controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING));
  const Process one({"rollout", "watch", "web-b", "--server", controller.address()});
  controller.AwaitHanging(1);
  one.Signal(SIGINT);
  EXPECT_EQ(one.Wait(), kExitInterrupted);
}

TEST(CommandLineTest, AWatchOfAllSaysEachChangeOnce) {
  FakeController controller;
  controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING));
  const Process all({"watch", "--server", controller.address()});
  const auto await = [&](const std::string& text) {
    for (int i = 0; i < 400 && all.out().find(text) == std::string::npos; ++i) {
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_THAT(all.out(), HasSubstr(text));
  };
  await("web-b: observing 1m12s of 30m");
  controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK));
  await("web-b: rollback 1m12s of 30m");
  all.Signal(SIGTERM);
  EXPECT_EQ(all.Wait(), kExitInterrupted);
  EXPECT_EQ(all.out().find("observing"), all.out().rfind("observing"));
}

TEST(CommandLineTest, SignalsInterruptTheGateInGoodOrder) {
  const std::string plan = TemporaryPath("command_line_test_plan.yaml");
  std::ofstream(plan) << "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    FakeController controller;
    controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING));
    const Process gate({"gate", "--plan", plan, "--server", controller.address(), "-o", "json"});
    controller.AwaitHanging(1);
    gate.Signal(signal);
    EXPECT_EQ(gate.Wait(), kExitInterrupted);
    EXPECT_THAT(gate.out(), StartsWith("{\"verdict\":\"interrupted\",\"exit_code\":130,"));
    EXPECT_THAT(gate.err(), HasSubstr("haldane rollout get web-b"));
  }
}

}  // namespace
}  // namespace haldane::cli
