// Overrides in what people and pipelines are shown, and the commands that make them.
#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/operator_commands.h"
#include "cli/exit_code.h"
#include "cli/render/report.h"
#include "haldane/v1/overrides.grpc.pb.h"
#include "tests/cli/fake_controller_fixture.h"
#include "tests/cli/sample_rollout_fixture.h"
#include "tests/cli/temporary_path.h"

namespace haldane::cli {
namespace {

using ::testing::HasSubstr;

haldane::v1::Rollout OverriddenRollout(haldane::v1::RolloutState decision) {
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OVERRIDDEN);
  rollout.set_decision(decision);
  rollout.set_judged_state(haldane::v1::ROLLOUT_STATE_ROLLED_BACK);
  haldane::v1::Override* override = rollout.add_overrides();
  override->set_rollout(rollout.name());
  override->set_id(1);
  override->set_kind(decision == haldane::v1::ROLLOUT_STATE_PROCEED ? haldane::v1::OVERRIDE_KIND_PROCEED
                                                                    : haldane::v1::OVERRIDE_KIND_ROLLBACK);
  override->set_status(haldane::v1::OVERRIDE_STATUS_IN_EFFECT);
  override->set_reason("known\x1b[2J flaky");
  override->mutable_author()->set_name("ann");
  override->mutable_author()->set_role("oncall");
  override->mutable_author()->set_credential("jwt");
  return rollout;
}

// A gate of the real command against a controller that answers with `rollout`.
struct GateRun {
  explicit GateRun(const haldane::v1::Rollout& rollout, Output output = Output::kText) {
    FakeController controller;
    controller.AnswerCalls(SampleRollout(haldane::v1::ROLLOUT_STATE_PENDING));
    controller.AddStream({.views = {rollout}});
    const std::string file = TemporaryPath("override_test_plan.yaml");
    std::ofstream(file) << "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n";
    code = RunGate({.plan_file = file, .output = output}, {.address = controller.address()},
                   {.out = out, .err = err});
  }
  std::ostringstream out, err;
  int code = -1;
};

TEST(OverriddenGateTest, ExitsAsThePersonDecidedAndNeverCallsItAProceed) {
  const GateRun proceed(OverriddenRollout(haldane::v1::ROLLOUT_STATE_PROCEED));
  EXPECT_EQ(proceed.code, kExitDone) << proceed.err.str();
  EXPECT_THAT(proceed.out.str(), HasSubstr("OVERRIDDEN  web-b"));
  EXPECT_THAT(proceed.out.str(), HasSubstr("override 1: proceed, in effect, by ann (oncall, jwt)"));
  EXPECT_EQ(proceed.out.str().find('\x1b'), std::string::npos) << "a reason must not drive the terminal";
  EXPECT_EQ(GateRun(OverriddenRollout(haldane::v1::ROLLOUT_STATE_ROLLED_BACK)).code, kExitRollback);
}

TEST(OverriddenGateTest, JsonHasAFieldForIt) {
  const GateRun gate(OverriddenRollout(haldane::v1::ROLLOUT_STATE_PROCEED), Output::kJson);
  EXPECT_THAT(gate.out.str(), HasSubstr(R"("verdict":"overridden","exit_code":0)"));
  EXPECT_THAT(gate.out.str(),
              HasSubstr(R"("overridden":{"decision":"proceed","judged":"rollback","author":"ann")"));
  const GateRun plain(SampleRollout(haldane::v1::ROLLOUT_STATE_PROCEED), Output::kJson);
  EXPECT_THAT(plain.out.str(), HasSubstr(R"("overridden":null)"));
}

TEST(OverriddenReportTest, NamesMutedSignals) {
  haldane::v1::Rollout rollout = SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING);
  rollout.mutable_verdict()->mutable_findings(0)->set_muted(true);
  EXPECT_THAT(VerdictReport(rollout, {}),
              HasSubstr(absl::StrCat(rollout.verdict().findings(0).signal(), " (muted)")));
}

// Answers with what it was asked.
class EchoOverrides final : public haldane::v1::Overrides::Service {
 public:
  grpc::Status Apply(grpc::ServerContext* context, const haldane::v1::ApplyOverrideRequest* request,
                     haldane::v1::OverrideResponse* response) override {
    const auto bearer = context->client_metadata().find("authorization");
    if (bearer != context->client_metadata().end()) bearer_ = {bearer->second.data(), bearer->second.size()};
    applied_ = *request;
    *response->mutable_rollout() = OverriddenRollout(haldane::v1::ROLLOUT_STATE_PROCEED);
    *response->mutable_override() = response->rollout().overrides(0);
    return status_;
  }
  grpc::Status List(grpc::ServerContext*, const haldane::v1::ListOverridesRequest*,
                    haldane::v1::ListOverridesResponse* response) override {
    *response->add_overrides() = OverriddenRollout(haldane::v1::ROLLOUT_STATE_PROCEED).overrides(0);
    return status_;
  }
  grpc::Status Revoke(grpc::ServerContext*, const haldane::v1::RevokeOverrideRequest* request,
                      haldane::v1::OverrideResponse*) override {
    revoked_ = *request;
    return status_;
  }

  std::string bearer_;
  haldane::v1::ApplyOverrideRequest applied_;
  haldane::v1::RevokeOverrideRequest revoked_;
  grpc::Status status_;
};

class OverrideCommandsTest : public ::testing::Test {
 protected:
  OverrideCommandsTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    to_.address = absl::StrCat("127.0.0.1:", port);
  }

  EchoOverrides service_;
  std::unique_ptr<grpc::Server> server_;
  Server to_;
  std::ostringstream out_, err_;
  Console console_{.out = out_, .err = err_};
};

TEST_F(OverrideCommandsTest, ApplySendsEverythingAndTheToken) {
  to_.token_file = TemporaryPath("override_test_token");
  std::ofstream(to_.token_file) << "hld_abc\n";
  const OverrideApplyOptions options = {.rollout = "web-b",
                                        .kind = haldane::v1::OVERRIDE_KIND_MUTE,
                                        .reason = "why",
                                        .signal = "http.5xx",
                                        .expires_in = absl::Minutes(5),
                                        .idempotency_key = "k",
                                        .revision = 3};
  EXPECT_EQ(RunOverrideApply(options, to_, console_), kExitDone) << err_.str();
  EXPECT_EQ(service_.bearer_, "Bearer hld_abc");
  EXPECT_EQ(service_.applied_.signal(), "http.5xx");
  EXPECT_EQ(service_.applied_.expires_in().seconds(), 300);
  EXPECT_EQ(service_.applied_.idempotency_key(), "k");
  EXPECT_EQ(service_.applied_.expected_revision(), 3u);
  EXPECT_FALSE(service_.applied_.has_extend_by());
  EXPECT_EQ(out_.str(), "web-b override 1: proceed, in effect, by ann, for good\n");
}

TEST_F(OverrideCommandsTest, ARefusalExitsSeven) {
  service_.status_ = {grpc::StatusCode::PERMISSION_DENIED, "this call is for role oncall"};
  const OverrideApplyOptions options = {
      .rollout = "web-b", .kind = haldane::v1::OVERRIDE_KIND_PROCEED, .reason = "x"};
  EXPECT_EQ(RunOverrideApply(options, to_, console_), kExitNotAllowed);
  EXPECT_THAT(err_.str(), HasSubstr("for role oncall"));
}

TEST_F(OverrideCommandsTest, ATokenFileWithoutATokenIsRefusedBeforeAnyCall) {
  to_.token_file = TemporaryPath("override_test_empty");
  std::ofstream(to_.token_file) << "two words\n";
  EXPECT_EQ(RunOverrideList({}, to_, console_), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("must hold one word"));
}

TEST_F(OverrideCommandsTest, ListIsATable) {
  EXPECT_EQ(RunOverrideList({}, to_, console_), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("web-b    1   proceed  in effect  ann     oncall  for good"));
}

TEST_F(OverrideCommandsTest, RevokeNamesTheOverride) {
  EXPECT_EQ(RunOverrideRevoke({.rollout = "web-b", .id = 4, .reason = "y"}, to_, console_), kExitDone);
  EXPECT_EQ(service_.revoked_.id(), 4u);
}

}  // namespace
}  // namespace haldane::cli
