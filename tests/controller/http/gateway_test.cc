// The HTTP side as its callers see it.
#include "controller/http/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/controller/http/gateway_fixture.h"

namespace haldane::controller {
namespace {

using haldane::testing::GatewayFixture;
using haldane::testing::Http;
using haldane::testing::HttpCall;
using haldane::testing::HttpReply;
using ::testing::HasSubstr;
using ::testing::Not;

class GatewayTest : public GatewayFixture {};

constexpr char kHold[] = R"({"kind":"OVERRIDE_KIND_HOLD","reason":"looking"})";

TEST_F(GatewayTest, APlanAsPeopleWriteItOpensARollout) {
  const HttpReply made =
      Post("/v1/rollouts", "service: web\ncanary: {revision: b}\nbaseline: {revision: a}\n",
           "Content-Type: application/yaml\r\n");
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_THAT(made.body, HasSubstr(R"("name":"web-b")"));
  EXPECT_THAT(Get("/v1/rollouts?service=web&limit=5").body, HasSubstr(R"("name":"web-b")"));
  EXPECT_EQ(Get("/v1/rollouts/web-b").status, 200);
}

TEST_F(GatewayTest, AnOverrideIsAppliedAndWithdrawnByJson) {
  Open();
  const HttpReply held = Post("/v1/rollouts/web-new/overrides", kHold);
  EXPECT_EQ(held.status, 200) << held.body;
  EXPECT_THAT(held.body, HasSubstr(R"("held":true)"));
  EXPECT_THAT(Get("/v1/overrides?in_effect=true").body, HasSubstr("looking"));
  const HttpReply back = Post("/v1/rollouts/web-new/overrides/1/revoke", R"({"reason":"seen"})");
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_THAT(back.body, HasSubstr(R"("held":false)"));
}

TEST_F(GatewayTest, FailuresAreProblemDetails) {
  const HttpReply missing = Get("/v1/rollouts/nobody");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.head, HasSubstr("application/problem+json"));
  EXPECT_THAT(missing.body, HasSubstr(R"("code":"NOT_FOUND")"));
  EXPECT_THAT(missing.body, HasSubstr("nobody"));
  const HttpReply unknown = Post("/v1/rollouts/x/abort", R"({"raison":"x"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("raison")) << "the field is named";
  EXPECT_THAT(Get("/v1/rollouts?tea=1").body, HasSubstr("there is no parameter"));
  EXPECT_THAT(Get("/v1/rollouts?limit=many").body, HasSubstr("parameter limit"));
  EXPECT_EQ(Get("/v1/nothing").status, 404);
  EXPECT_EQ(Http(gateway_->port(), "DELETE", "/v1/rollouts").status, 405);
  EXPECT_EQ(Post("/v1/rollouts", "{}", "Content-Type: text/plain\r\n").status, 415)
      << "a form of another site must not act";
  EXPECT_EQ(Post("/v1/rollouts", std::string(2 << 20, 'x')).status, 413);
}

TEST_F(GatewayTest, WhatIsTooLargeIsInTheAuditRecords) {
  EXPECT_EQ(Post("/v1/rollouts", std::string(2 << 20, 'x')).status, 413);
  loop_.Run([this] { audit_.Flush(); });
  EXPECT_THAT(Get("/v1/audit/records").body, HasSubstr("a request has at most 1048576 bytes"));
}

TEST_F(GatewayTest, HealthReadinessAndMetrics) {
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("haldane_controller_overrides_total{kind=\"hold\"} 0"));
}

TEST_F(GatewayTest, IsNotReadyWhileTheLoopIsBusyAndAliveAllTheSame) {
  absl::Notification begun, end;
  std::thread busy([&] {
    loop_.Run([&] {
      begun.Notify();
      end.WaitForNotification();
    });
  });
  begun.WaitForNotification();
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_EQ(Get("/healthz").status, 200);
  end.Notify();
  busy.join();
  EXPECT_EQ(Get("/readyz").status, 200);
}

TEST_F(GatewayTest, BeyondSoManyWatchersAreRefusedAndEverythingElseIsAnswered) {
  std::vector<std::unique_ptr<HttpCall>> watchers;
  for (int i = 0; i < HttpServer::kThreads * 3 / 4; ++i) {
    watchers.push_back(
        std::make_unique<HttpCall>(gateway_->port(), "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  }
  for (const auto& watcher : watchers) {
    EXPECT_THAT(watcher->ReadUntil("retry: 2000"), HasSubstr("retry: 2000"));
  }
  EXPECT_EQ(Get("/v1/events").status, 503);
  EXPECT_EQ(Get("/v1/rollouts").status, 200);
  watchers.clear();
  // Those who left are noticed when they are written to.
  Open();
  for (int i = 0; i < 100; ++i) {
    Tick();
    HttpCall again(gateway_->port(), "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    if (again.ReadUntil("\n").find("200") != std::string::npos) return;
  }
  ADD_FAILURE() << "places of watchers who left are not free again";
}

TEST_F(GatewayTest, ThePageHasAStrictPolicyAndNothingAroundItIsServed) {
  const HttpReply page = Get("/rollouts/web-new");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.head, HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'"));
  EXPECT_THAT(page.head, Not(HasSubstr("unsafe")));
  std::ofstream(directory_.path() + "/secret.txt") << "secret";
  ASSERT_EQ(symlink((directory_.path() + "/secret.txt").c_str(), (web_.path() + "/link.txt").c_str()), 0);
  for (const char* path :
       {"/link.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/none.js"}) {
    const HttpReply reply = Get(path);
    EXPECT_NE(reply.status, 200) << path;
    EXPECT_THAT(reply.body, Not(HasSubstr("secret"))) << path;
  }
}

TEST_F(GatewayTest, EventsAreStreamedAndResumed) {
  HttpCall stream(gateway_->port(), "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.ReadUntil("retry: 2000");
  Open();
  Tick();
  EXPECT_THAT(stream.ReadUntil("event: rollout\n"), HasSubstr("text/event-stream"));
  const std::string& seen = stream.ReadUntil("\"kind\":\"created\"");
  EXPECT_THAT(seen, HasSubstr("event: log\ndata: {\"position\":1,"));
  EXPECT_EQ(Post("/v1/rollouts/web-new/overrides", kHold).status, 200);
  Tick();
  EXPECT_THAT(stream.ReadUntil("\"kind\":\"overridden\""), HasSubstr("\"kind\":\"overridden\""));

  HttpCall again(gateway_->port(), "GET /v1/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 1\r\n\r\n");
  const std::string& resumed = again.ReadUntil("\"kind\":\"overridden\"");
  EXPECT_THAT(resumed, HasSubstr("\"kind\":\"overridden\""));
  EXPECT_THAT(resumed, Not(HasSubstr("\"kind\":\"created\""))) << "what was seen is not repeated";
}

TEST_F(GatewayTest, WhoComesThroughAProxyIsNotFromThisMachine) {
  EXPECT_EQ(Get("/v1/identity").status, 200);
  EXPECT_EQ(Get("/v1/identity", "X-Forwarded-For: 10.0.0.7\r\n").status, 401);
}

TEST_F(GatewayTest, IsServedOnLoopbackOnly) {
  auto elsewhere = HttpServer::Start("0.0.0.0:0", nullptr, &audit_);
  EXPECT_EQ(elsewhere.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(HttpServer::Start("127.0.0.1", nullptr, &audit_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(GatewayTest, StoppingEndsStreams) {
  HttpCall stream(gateway_->port(), "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  stream.ReadUntil("retry: 2000");
  gateway_->Stop();
  stream.ReadUntil("");  // returns at the end of the stream
}

class ClosedGatewayTest : public GatewayFixture {
 protected:
  ClosedGatewayTest() : GatewayFixture(std::nullopt, "x-user") {}
};

TEST_F(ClosedGatewayTest, RolesHoldForJsonEventsAndMetricsAlike) {
  Open();
  for (const char* path : {"/v1/rollouts", "/v1/events", "/metrics", "/v1/rollouts/web-new/gate",
                           "/integrations/kayenta/credentials"}) {
    EXPECT_EQ(Get(path).status, 401) << path;
  }
  EXPECT_EQ(Get("/healthz").status, 200);
  const std::string viewer = With(Secret("viewer")), oncall = With(Secret("oncall"));
  EXPECT_EQ(Get("/v1/rollouts", viewer).status, 200);
  EXPECT_EQ(Get("/metrics", viewer).status, 200);
  const HttpReply refused = Post("/v1/rollouts/web-new/overrides", kHold, viewer);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("for role oncall"));
  const HttpReply applied = Post("/v1/rollouts/web-new/overrides", kHold, oncall);
  EXPECT_EQ(applied.status, 200) << applied.body;
  EXPECT_THAT(applied.body,
              HasSubstr(R"("author":{"name":"oncall-person","role":"oncall","credential":"token"})"));
  EXPECT_EQ(Get("/v1/tokens", oncall).status, 403);
  const HttpReply records = Get("/v1/audit/records", With(Secret("admin")));
  EXPECT_THAT(records.body, HasSubstr("Overrides.Apply"));
  EXPECT_THAT(records.body, HasSubstr("viewer-person"));
}

TEST_F(ClosedGatewayTest, ATokenForOneServiceTouchesNoOther) {
  Open();
  const std::string other = With(Secret("oncall", "billing"));
  EXPECT_EQ(Get("/v1/rollouts/web-new", other).status, 403);
  EXPECT_EQ(Post("/v1/rollouts/web-new/overrides", kHold, other).status, 403);
  EXPECT_THAT(Get("/v1/rollouts", other).body, Not(HasSubstr("web-new")));
  EXPECT_EQ(Get("/v1/rollouts/web-new", With(Secret("oncall", "web"))).status, 200);
}

TEST_F(ClosedGatewayTest, AProxySaysWhoCallsAndNobodyCanPretendToBeTheGateway) {
  EXPECT_THAT(Get("/v1/identity", "X-User: ann\r\nX-Groups: sre\r\n").body,
              HasSubstr(R"({"name":"ann","role":"oncall","credential":"proxy"})"));
  EXPECT_EQ(Get("/v1/identity", "X-User: bob\r\nX-Groups: cooks\r\n").status, 403);
  EXPECT_EQ(Get("/v1/identity",
                "haldane-gateway: guess\r\nhaldane-proxy-name: eve\r\nhaldane-proxy-role: admin\r\n")
                .status,
            401);
}

}  // namespace
}  // namespace haldane::controller
