// The program haldane-controller: its exit status, its log lines, its end.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "tests/controller/notify/receiver_fixture.h"
#include "tests/controller/server_fixture.h"
#include "tests/support/program.h"
#include "tests/support/rollout_script.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::Context;
using haldane::testing::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A run of the controller.
struct Program : haldane::testing::Program {
  explicit Program(std::vector<std::string> arguments)
      : haldane::testing::Program(WithBinary(std::move(arguments))) {}
  static std::vector<std::string> WithBinary(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), HALDANE_CONTROLLER);
    return arguments;
  }
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
  EXPECT_THAT(run({"--listen=127.0.0.1:0", "--webhooks=/nonexistent"}), HasSubstr("/nonexistent"));
  EXPECT_THAT(run({"--listen=127.0.0.1:0", "--tls_cert=no.pem", "--tls_key=no.key", "--tls_ca=no-ca.pem"}),
              HasSubstr("no.pem"));
}

TEST_F(MainTest, AReceiverThatWasAwayIsToldByTheControllerAfterThisOne) {
  haldane::testing::Receiver receiver;
  const std::string hooks = directory_.path() + "/hooks.yaml", secret = directory_.path() + "/secret";
  std::ofstream(secret) << "a secret of some length";
  std::ofstream(hooks) << "webhooks: [{name: pager, url: '" << receiver.url() << "', secret_file: " << secret
                       << "}]";
  receiver.GoAway();
  const std::vector<std::string> arguments = {"--listen=127.0.0.1:0", "--database=" + database_,
                                              "--webhooks=" + hooks};
  {
    Program first(arguments);
    first.ReadUntil("version");
    const auto channel = grpc::CreateChannel(first.Field("address"), grpc::InsecureChannelCredentials());
    const auto stub = haldane::v1::Rollouts::NewStub(channel);
    haldane::v1::CreateRolloutRequest create;
    *create.mutable_plan() = haldane::testing::TestPlan();
    haldane::v1::Rollout rollout;
    ASSERT_TRUE(stub->Create(Context().get(), create, &rollout).ok());
    haldane::v1::AbortRolloutRequest abort;
    abort.set_rollout(rollout.name());
    abort.set_reason("wrong revision");
    ASSERT_TRUE(stub->Abort(Context().get(), abort, &rollout).ok());
    first.ReadUntil("does not receive");
    first.Signal(SIGKILL);
  }
  receiver.ComeBack();
  Program second(arguments);
  const auto requests = receiver.Await(1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_THAT(requests[0].body, HasSubstr("\"rollout\":\"web-new\""));
  EXPECT_THAT(requests[0].body, HasSubstr("\"verdict\":\"aborted\""));
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
  EXPECT_THAT(run({"--database=x", "--keep_ended=5m"}), HasSubstr("--keep_ended must be an hour at least"));
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
