// Who may report a guarded run, and what rollouts make of it, over a real connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "haldane/v1/guard.grpc.pb.h"
#include "rpc/credentials.h"
#include "tests/controller/auth/certificates_fixture.h"
#include "tests/controller/controller_fixture.h"
#include "tests/controller/server_fixture.h"

namespace haldane::controller {
namespace {

using testing::Certificates;
using testing::Context;
using ::testing::HasSubstr;
using testing::ServedController;

v1::GuardRun Reported(const std::string& host, v1::GuardRunState state = v1::GUARD_RUN_STATE_FINISHED) {
  v1::GuardRun run;
  run.set_run_id("r1");
  run.set_host(host);
  run.set_deploy_id("web-new");
  run.set_state(state);
  run.set_revision(1);
  run.mutable_counts()->set_audit_complete(true);
  return run;
}

class GuardServiceTest : public ::testing::Test {
 protected:
  static grpc::Status Report(ServedController& served, const TlsFiles& files, const v1::GuardRun& run) {
    grpc::ChannelArguments arguments;  // no subchannel shared with another test's certificate
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel =
        grpc::CreateCustomChannel(served.address(), *ChannelCredentials(served.address(), files), arguments);
    v1::ReportGuardRunRequest request;
    *request.mutable_run() = run;
    v1::ReportGuardRunResponse response;
    return v1::Guard::NewStub(channel)->Report(Context().get(), request, &response);
  }
};

TEST_F(GuardServiceTest, AgentsReportTheirOwnRunsDeployersAnyAndViewersNone) {
  Certificates certificates;
  ServedController served(certificates.Issue("server", "DNS:localhost,IP:127.0.0.1"));
  const TlsFiles agent = certificates.Issue("agent", "URI:haldane://agent/web-7");
  const TlsFiles viewer = certificates.Issue("viewer", "URI:haldane://viewer/vera");
  const TlsFiles deployer = certificates.Issue("deployer", "URI:haldane://deployer/ci");
  EXPECT_EQ(Report(served, viewer, Reported("web-1")).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Report(served, agent, Reported("another-host")).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  v1::GuardRun own = Reported("");
  own.set_run_id("r2");
  EXPECT_TRUE(Report(served, agent, own).ok()) << "the host is that of the certificate";
  EXPECT_TRUE(Report(served, deployer, Reported("web-1")).ok());
}

TEST_F(GuardServiceTest, ARolloutTakesItUpAndSaysSo) {
  ServedController served;
  v1::Plan plan = testing::PlanNamed("web-new");
  plan.mutable_guard();
  served.Run([&] { EXPECT_TRUE(served.controller.Create(plan).ok()); });
  served.Tick();
  v1::Rollout rollout;
  served.Run([&] { rollout = *served.controller.Get("web-new"); });
  EXPECT_EQ(rollout.verdict().guard().runs(), 0u);
  EXPECT_THAT(rollout.verdict().guard().problems(0), HasSubstr("no guarded run of deploy web-new"));

  ASSERT_TRUE(Report(served, {}, Reported("web-1")).ok());
  served.Tick();
  served.Tick();
  served.Run([&] { rollout = *served.controller.Get("web-new"); });
  EXPECT_TRUE(rollout.verdict().guard().passed());
  ASSERT_EQ(rollout.guard_runs_size(), 1);
  EXPECT_EQ(rollout.guard_runs(0).host(), "web-1");
  EXPECT_EQ(rollout.revision(), 2u) << "noted once";
}

class GuardedControllerTest : public testing::ControllerFixture {};

TEST_F(GuardedControllerTest, ARestartNotesNothingTwice) {
  v1::Plan plan = testing::PlanNamed("web-new");
  plan.mutable_guard();
  ASSERT_TRUE(controller_->Create(plan).ok());
  ASSERT_TRUE(controller_->guard_book().Report(Reported("web-1"), {}).ok());
  controller_->Tick();
  EXPECT_EQ(Get().revision(), 2u);
  Restart();
  ASSERT_TRUE(controller_->guard_book().Report(Reported("web-1"), {}).ok());
  controller_->Tick();
  EXPECT_EQ(Get().revision(), 2u);
  EXPECT_EQ(Get().guard_runs_size(), 1);
}

}  // namespace
}  // namespace haldane::controller
