#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "base/task_loop.h"
#include "controller/auth/audit_log.h"
#include "controller/auth/people.h"
#include "controller/auth/token_book.h"
#include "controller/controller.h"
#include "controller/http/gateway.h"
#include "controller/server.h"
#include "controller/store/admin_store.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/controller/http/http_client.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::testing {

// A whole controller with its HTTP side, on loopback; its seconds pass by Tick().
class GatewayFixture : public ::testing::Test {
 protected:
  explicit GatewayFixture(std::optional<controller::Role> anonymous = controller::Role::kAdmin,
                          const std::string& proxy_user_header = "") {
    EXPECT_THAT(tokens_.Load(), IsOk());
    people_ = *controller::People::Create(clock_, &tokens_, {}, {});
    controller::Access access{
        .options = controller::PeerCheck::Options{.tls = false,
                                                  .anonymous = anonymous,
                                                  .bearers = people_.get(),
                                                  .refusals = &audit_,
                                                  .gateway_secret = "secret"},
        .administration = {.tokens = &tokens_, .audit = &audit_, .store = admin_.get()}};
    auto server = controller::Server::Start("127.0.0.1:0", {}, &loop_, &controller_, &metrics_, access);
    EXPECT_THAT(server, IsOk());
    server_ = *std::move(server);
    std::ofstream(web_.path() + "/index.html") << "<!doctype html><title>page</title>";
    controller::GatewayOptions options{.listen = "127.0.0.1:0",
                                       .web_root = web_.path(),
                                       .proxy_user_header = proxy_user_header,
                                       .proxy_groups_header = "x-groups"};
    auto gateway =
        controller::Gateway::Start(options, "secret", *controller::RoleGroups::Parse("oncall=sre"),
                                   server_->InProcessChannel(), &loop_, &audit_, admin_.get(), &metrics_);
    EXPECT_THAT(gateway, IsOk());
    gateway_ = *std::move(gateway);
    Tick();
  }
  ~GatewayFixture() override {
    gateway_->Stop();
    server_->Stop();
  }

  void Tick() {
    clock_.Advance(absl::Seconds(1));
    loop_.Run([this] {
      controller_.Tick();
      gateway_->Tick(controller_);
    });
  }
  void Open() {
    loop_.Run([this] { EXPECT_THAT(controller_.Create(TestPlan()), IsOk()); });
  }
  std::string Secret(const std::string& role, const std::string& service = "") {
    haldane::v1::CreateTokenRequest request;
    request.set_name(role + "-person");
    request.set_role(role);
    if (!service.empty()) request.add_services(service);
    std::string secret;
    loop_.Run([&] {
      secret =
          tokens_
              .Create(
                  request,
                  {.name = "root", .role = controller::Role::kAdmin, .credential = "none", .services = {}})
              ->secret();
    });
    return secret;
  }
  static std::string With(const std::string& secret) {
    return "Content-Type: application/json\r\nAuthorization: Bearer " + secret + "\r\n";
  }
  HttpReply Get(const std::string& path, const std::string& headers = "") {
    return Http(gateway_->port(), "GET", path, "", headers);
  }
  HttpReply Post(const std::string& path, const std::string& body,
                 const std::string& headers = "Content-Type: application/json\r\n") {
    return Http(gateway_->port(), "POST", path, body, headers);
  }

  SimulatedClock clock_;
  TemporaryDirectory directory_, web_;
  std::unique_ptr<controller::SqliteEventStore> store_ =
      *controller::SqliteEventStore::Open(directory_.path() + "/h.db");
  std::unique_ptr<controller::AdminStore> admin_ = *controller::AdminStore::Open(directory_.path() + "/h.db");
  controller::Metrics metrics_;
  controller::Controller controller_{clock_, *store_, metrics_};
  controller::TokenBook tokens_{clock_, *admin_};
  controller::AuditLog audit_{clock_, *admin_};
  std::unique_ptr<controller::People> people_;
  TaskLoop loop_;
  std::unique_ptr<controller::Server> server_;
  std::unique_ptr<controller::Gateway> gateway_;
};

}  // namespace haldane::testing
