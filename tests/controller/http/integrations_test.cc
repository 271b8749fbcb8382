// What other projects' clients send and expect, in the shapes that they have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "controller/http/routes.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/controller/http/gateway_fixture.h"

namespace haldane::controller {
namespace {

using haldane::testing::GatewayFixture;
using haldane::testing::HttpReply;
using ::testing::HasSubstr;
using ::testing::Not;

class IntegrationsTest : public GatewayFixture {
 protected:
  static google::protobuf::Struct Json(const HttpReply& reply) {
    google::protobuf::Struct json;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(reply.body, &json).ok()) << reply.body;
    return json;
  }
  static std::string Text(const google::protobuf::Struct& json, const std::string& name) {
    const auto found = json.fields().find(name);
    return found == json.fields().end() ? "" : found->second.string_value();
  }
  void Decide(const std::string& rollout, const std::string& kind) {
    const HttpReply reply = Post("/v1/rollouts/" + rollout + "/overrides",
                                 R"({"kind":"OVERRIDE_KIND_)" + kind + R"(","reason":"x"})");
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
};

TEST_F(IntegrationsTest, ArgoGetsTwoHundredWithFlatFieldsWhileNothingIsDecided) {
  Open();
  const HttpReply running = Get("/v1/rollouts/web-new/gate");
  EXPECT_EQ(running.status, 200);
  EXPECT_THAT(running.head, HasSubstr("application/json"));
  EXPECT_EQ(Text(Json(running), "decision"), "running");
  EXPECT_FALSE(Json(running).fields().at("decided").bool_value());
  Decide("web-new", "PROCEED");
  const auto decided = Json(Get("/v1/rollouts/web-new/gate"));
  EXPECT_EQ(Text(decided, "decision"), "proceed");
  EXPECT_EQ(Text(decided, "verdict"), "overridden") << "never counted as a pass";
}

TEST_F(IntegrationsTest, SpinnakersWebhookStageStartsPollsAndCancels) {
  const HttpReply started =
      Post("/integrations/spinnaker/rollouts",
           R"({"service":"web","canary":{"revision":"b"},"baseline":{"revision":"a"}})");
  EXPECT_EQ(started.status, 202) << started.body;
  EXPECT_THAT(started.head, HasSubstr("Location: /integrations/spinnaker/rollouts/web-b"));
  EXPECT_EQ(Text(Json(Get("/integrations/spinnaker/rollouts/web-b")), "status"), "running");
  EXPECT_EQ(Post("/integrations/spinnaker/rollouts/web-b/cancel", "{}").status, 200);
  EXPECT_EQ(Text(Json(Get("/integrations/spinnaker/rollouts/web-b")), "status"), "halt");
}

TEST_F(IntegrationsTest, FlaggersHooksSayYesOnlyWhenTheyMeanIt) {
  const auto hook = [&](const std::string& type) {
    return Post(
               "/integrations/flagger/" + type,
               R"({"name":"web","namespace":"prod","phase":"Progressing","checksum":"85d557f47b","metadata":)"
               R"({"service":"web","canary":"b","baseline":"a"}})")
        .status;
  };
  EXPECT_EQ(hook("rollback"), 404) << "an unknown rollout is no reason to roll back";
  EXPECT_EQ(hook("confirm-rollout"), 200);
  EXPECT_EQ(hook("confirm-traffic-increase"), 403) << "nothing is observed yet";
  EXPECT_EQ(hook("confirm-promotion"), 403);
  EXPECT_EQ(hook("rollback"), 403);
  EXPECT_EQ(hook("event"), 200);
  Decide("flagger-prod.web-85d557f47b", "ROLLBACK");
  EXPECT_EQ(hook("rollback"), 200);
  EXPECT_EQ(hook("confirm-promotion"), 403);
  Decide("flagger-prod.web-85d557f47b", "PROCEED");
  EXPECT_EQ(hook("confirm-promotion"), 200);
  EXPECT_EQ(hook("rollback"), 403);
}

TEST_F(IntegrationsTest, KayentasClientsFindWhatTheyNeed) {
  EXPECT_THAT(Get("/integrations/kayenta/canaryConfig?application=web&configurationAccountName=x").body,
              HasSubstr(R"("id":"web","name":"web")"));
  const std::string body =
      R"({"scopes":{"default":{"controlScope":{"scope":"a","location":"eu","start":"2026-01-01T00:00:00Z",)"
      R"("end":"2026-01-01T01:00:00Z","step":60,"extendedScopeParams":{}},"experimentScope":{"scope":"b",)"
      R"("location":"eu","start":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z","step":60}}},)"
      R"("thresholds":{"pass":95,"marginal":75}})";
  const std::string path = "/integrations/kayenta/canary/web?application=web&parentPipelineExecutionId=p1";
  const std::string id = Text(Json(Post(path, body)), "canaryExecutionId");
  ASSERT_FALSE(id.empty());
  EXPECT_EQ(Text(Json(Post(path, body)), "canaryExecutionId"), id) << "a retried start is the same canary";
  auto result = Json(Get("/integrations/kayenta/canary/" + id + "?storageAccountName=x"));
  EXPECT_EQ(Text(result, "status"), "running");
  EXPECT_FALSE(result.fields().at("complete").bool_value());
  EXPECT_FALSE(result.fields().contains("result")) << "only once it has succeeded";
  Decide(id, "ROLLBACK");
  const HttpReply done = Get("/integrations/kayenta/canary/" + id);
  EXPECT_THAT(done.body, HasSubstr(R"("complete":true,"status":"succeeded")"));
  EXPECT_THAT(done.body, HasSubstr(R"("score":{"score":0,"classification":"Fail")"));
  EXPECT_THAT(done.body, HasSubstr(R"("controlMetadata":{"stats":{"count":0)"));
  const HttpReply missing = Get("/integrations/kayenta/canary/nobody");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr(R"({"message":)"));
}

TEST(RoutesTest, EveryUnaryMethodOfEveryServiceHasARoute) {
  std::set<std::string> routed;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const Route& route : Routes()) {
    const auto* method = pool->FindMethodByName(route.rpc);
    ASSERT_NE(method, nullptr) << route.rpc;
    routed.insert(route.rpc);
    EXPECT_EQ(FindRoute(route.method, route.path).route, &route) << route.path << " is hidden by another";
  }
  for (const char* name : {"Rollouts", "Overrides", "Fleet", "Profiles", "Tokens", "Identity", "Audit"}) {
    const auto* service = pool->FindServiceByName(std::string("haldane.v1.") + name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->server_streaming() || method->client_streaming()) continue;
      EXPECT_TRUE(routed.contains(method->full_name())) << method->full_name();
    }
  }
}

TEST(RoutesTest, TheOpenApiFileHasTheRoutesAndNoOthers) {
  std::set<std::string> documented,
      served = {"get /v1/rollouts/{rollout}/gate", "get /v1/rollouts/{rollout}/past", "get /v1/events"};
  for (const Route& route : Routes()) served.insert(absl::AsciiStrToLower(route.method) + " " + route.path);
  std::ifstream file(HALDANE_OPENAPI);
  std::string line, path;
  bool in_paths = false;
  while (std::getline(file, line)) {
    if (!line.empty() && line[0] != ' ') in_paths = line == "paths:";
    if (!in_paths) continue;
    if (line.rfind("  /", 0) == 0) path = line.substr(2, line.size() - 3);
    if (line == "    get:" || line == "    post:")
      documented.insert(line.substr(4, line.size() - 5) + " " + path);
  }
  EXPECT_EQ(documented, served);
}

}  // namespace
}  // namespace haldane::controller
