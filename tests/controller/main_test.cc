// The program haldane-controller: its exit status, its log lines, its end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/unique_fd.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "tests/controller/server_fixture.h"
#include "tests/support/rollout_script.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::Context;
using haldane::testing::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A run of the program, killed when it goes out of scope.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    output_.reset(ends[0]);
    const UniqueFd child_end(ends[1]);
    arguments.insert(arguments.begin(), HALDANE_CONTROLLER);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // it does not outlive a test that is killed
      dup2(child_end.get(), STDOUT_FILENO);
      dup2(child_end.get(), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Program() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    Wait();
  }

  // Everything written until `text` was, or until the end, or for 20 s.
  const std::string& ReadUntil(const std::string& text) {
    pollfd readable = {.fd = output_.get(), .events = POLLIN, .revents = 0};
    char buffer[4096];
    while (written_.find(text) == std::string::npos && poll(&readable, 1, 20'000) > 0) {
      const ssize_t size = read(output_.get(), buffer, sizeof(buffer));
      if (size <= 0) break;
      written_.append(buffer, static_cast<size_t>(size));
    }
    return written_;
  }
  const std::string& ReadAll() { return ReadUntil("\x01"); }
  // The string value of a field of the log.
  std::string Field(const std::string& name) {
    const std::vector<std::string> parts = absl::StrSplit(written_, absl::StrCat("\"", name, "\":\""));
    return parts.size() < 2 ? "" : parts[1].substr(0, parts[1].find('"'));
  }
  void Signal(int signal) { kill(pid_, signal); }
  // Exit status; -1 when a signal ended it.
  int Wait() {
    ReadAll();  // a full pipe would keep it from ending
    if (pid_ > 0) {
      int status = 0;
      waitpid(pid_, &status, 0);
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      pid_ = -1;
    }
    return exit_;
  }

 private:
  pid_t pid_ = -1;
  int exit_ = -1;
  UniqueFd output_;
  std::string written_;
};

class MainTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  const std::string database_ = directory_.path() + "/haldane.db";
};

TEST_F(MainTest, SaysWhereItListensAndEndsCleanlyOnASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program({"--listen=127.0.0.1:0", "--metrics=127.0.0.1:0", "--database=" + database_});
    EXPECT_THAT(program.ReadUntil("\"listening\""), HasSubstr("not encrypted"));
    program.ReadUntil("version");
    EXPECT_EQ(program.Field("address"), "127.0.0.1:" + program.Field("port"));
    EXPECT_NE(program.Field("metrics_port"), "0");
    program.Signal(signal);
    EXPECT_EQ(program.Wait(), 0);
    EXPECT_THAT(program.ReadAll(), HasSubstr("stopping"));
  }
}

TEST_F(MainTest, TicksByItselfAndEndsThoughAGateWaits) {
  Program program({"--listen", "127.0.0.1:0", "--database", database_});
  program.ReadUntil("version");
  const auto channel = grpc::CreateChannel(program.Field("address"), grpc::InsecureChannelCredentials());
  haldane::v1::CreateRolloutRequest create;
  *create.mutable_plan() = haldane::testing::TestPlan();
  haldane::v1::Rollout rollout;
  ASSERT_TRUE(haldane::v1::Rollouts::NewStub(channel)->Create(Context().get(), create, &rollout).ok());

  haldane::v1::WaitRequest request;
  request.set_rollout(rollout.name());
  const auto context = Context();
  const auto stub = haldane::v1::Gate::NewStub(channel);
  const auto wait = stub->Wait(context.get(), request);
  haldane::v1::WaitResponse view;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(wait->Read(&view));
  EXPECT_TRUE(view.rollout().verdict().has_as_of());
  program.Signal(SIGTERM);
  while (wait->Read(&view)) {
  }
  EXPECT_EQ(wait->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(program.Wait(), 0);
}

TEST_F(MainTest, ASecondControllerOnTheSameDatabaseFails) {
  Program first({"--listen=127.0.0.1:0", "--database=" + database_});
  first.ReadUntil("version");
  Program second({"--listen=127.0.0.1:0", "--database=" + database_});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.ReadAll(),
              AllOf(HasSubstr("cannot start"), HasSubstr(database_), HasSubstr("another controller")));
}

TEST_F(MainTest, ServesItsMetrics) {
  Program program({"--listen=127.0.0.1:0", "--metrics=127.0.0.1:0", "--database=" + database_});
  program.ReadUntil("version");
  Program missing_port({"--listen=127.0.0.1:0", "--metrics=127.0.0.1:" + program.Field("metrics_port"),
                        "--database=" + database_ + "2"});
  EXPECT_EQ(missing_port.Wait(), 1) << "the port is in use";
  EXPECT_THAT(missing_port.ReadAll(), HasSubstr("cannot serve metrics on 127.0.0.1:"));

  const std::string file = directory_.path() + "/metrics";
  ASSERT_EQ(std::system(absl::StrCat("curl -sf --max-time 20 http://127.0.0.1:",
                                     program.Field("metrics_port"), "/metrics -o ", file)
                            .c_str()),
            0);
  const std::string text = *ReadFile(file, 1 << 20);
  for (const char* line :
       {"haldane_controller_agents 0", "haldane_controller_hosts{profile=\"full\"} 0",
        "haldane_controller_reports_total{result=\"rejected\"} 0",
        "haldane_controller_rollouts{state=\"observing\"} 0",
        "haldane_controller_verdicts_total{verdict=\"rolled_back\"} 0",
        "haldane_controller_tick_seconds_bucket", "haldane_controller_store_append_seconds_count 0",
        "haldane_controller_gate_waiters 0"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(MainTest, FailuresExitWithOneAndSayWhy) {
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.push_back("--database=" + database_);
    Program program(arguments);
    EXPECT_EQ(program.Wait(), 1);
    return program.ReadAll();
  };
  EXPECT_THAT(run({"--listen=0.0.0.0:0"}), HasSubstr("TLS is required"));
  EXPECT_THAT(run({"--listen=127.0.0.1:0", "--metrics=0.0.0.0:9"}),
              HasSubstr("--metrics 0.0.0.0:9 is not a loopback"));
  EXPECT_THAT(run({"--listen=127.0.0.1:0", "--tls_cert=no.pem", "--tls_key=no.key", "--tls_ca=no-ca.pem"}),
              HasSubstr("no.pem"));
}

TEST_F(MainTest, UsageErrorsExitWithTwo) {
  const auto run = [&](const std::vector<std::string>& arguments) {
    Program program(arguments);
    EXPECT_EQ(program.Wait(), 2);
    return program.ReadAll();
  };
  EXPECT_THAT(run({}), HasSubstr("--database"));
  EXPECT_THAT(run({"--databse=x"}), HasSubstr("databse"));
  EXPECT_THAT(run({"--database=x", "stray"}), HasSubstr("stray"));
  EXPECT_THAT(run({"--database=x", "--listen=127.0.0.1:nonsense"}),
              HasSubstr("\"127.0.0.1:nonsense\" is not HOST:PORT"));
  EXPECT_THAT(run({"--database=" + database_, "--metrics=127.0.0.1"}),
              HasSubstr("\"127.0.0.1\" is not HOST:PORT"));
  EXPECT_THAT(run({"--database=" + database_, "--listen=127.0.0.1:0", "--tls_cert=x.pem"}),
              HasSubstr("all three files or none"));
}

TEST_F(MainTest, HelpAndVersionExitWithZero) {
  Program help({"--help"}), version({"--version"});
  EXPECT_EQ(help.Wait(), 0);
  EXPECT_THAT(help.ReadAll(), HasSubstr("--listen"));
  EXPECT_EQ(version.Wait(), 0);
  EXPECT_THAT(version.ReadAll(), HasSubstr("haldane-controller 0."));
}

}  // namespace
}  // namespace haldane::controller
