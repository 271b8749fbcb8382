#include "controller/auth/token_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controller/auth/audit_log.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::SimulatedClock;
using haldane::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TokenBookTest : public ::testing::Test {
 protected:
  haldane::v1::CreateTokenResponse Make(const std::string& role, int64_t seconds = 3600) {
    haldane::v1::CreateTokenRequest request;
    request.set_name("ci");
    request.set_role(role);
    request.add_services("web");
    request.mutable_expires_in()->set_seconds(seconds);
    return book_.Create(request, admin_).value();
  }

  SimulatedClock clock_;
  std::unique_ptr<AdminStore> store_ = AdminStore::Open(":memory:").value();
  TokenBook book_{clock_, *store_};
  Caller admin_{.name = "root", .role = Role::kAdmin, .credential = "certificate", .services = {}};
};

TEST_F(TokenBookTest, WhoeverShowsTheSecretIsWhoTheTokenSays) {
  const auto made = Make("oncall");
  const auto caller = book_.Check(made.secret());
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->name, "ci");
  EXPECT_EQ(caller->role, Role::kOncall);
  EXPECT_EQ(caller->credential, "token");
  EXPECT_THAT(caller->services, ElementsAre("web"));
  EXPECT_EQ(made.token().created_by().name(), "root");
}

TEST_F(TokenBookTest, TheSecretIsKeptNowhere) {
  const auto made = Make("deployer");
  const auto tokens = store_->LoadTokens();
  ASSERT_THAT(tokens, IsOk());
  ASSERT_EQ(tokens->size(), 1u);
  for (const auto& stored : *tokens) {
    EXPECT_THAT(stored.token.SerializeAsString(), Not(HasSubstr(made.secret())));
    EXPECT_EQ(stored.hash.size(), 32u);
  }
  EXPECT_THAT(book_.List().DebugString(), Not(HasSubstr(made.secret())));
}

TEST_F(TokenBookTest, WorksAgainAfterARestartUnlessRevoked) {
  const auto kept = Make("viewer"), gone = Make("viewer");
  ASSERT_THAT(book_.Revoke(gone.token().id()), IsOk());
  TokenBook again(clock_, *store_);
  ASSERT_THAT(again.Load(), IsOk());
  EXPECT_THAT(again.Check(kept.secret()), IsOk());
  EXPECT_THAT(again.Check(gone.secret()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("was revoked")));
}

TEST_F(TokenBookTest, EndsWithItsTime) {
  const auto made = Make("viewer", 60);
  clock_.Advance(absl::Seconds(59));
  EXPECT_THAT(book_.Check(made.secret()), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(book_.Check(made.secret()),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("has expired")));
}

TEST_F(TokenBookTest, AStrangersTokenIsNotRepeatedInTheAnswer) {
  const auto caller = book_.Check("hld_secretsecret");
  EXPECT_THAT(caller, StatusIs(absl::StatusCode::kUnauthenticated, Not(HasSubstr("secretsecret"))));
}

TEST_F(TokenBookTest, SaysWhatIsWrongWithARequest) {
  haldane::v1::CreateTokenRequest request;
  request.set_role("viewer");
  EXPECT_THAT(book_.Create(request, admin_), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name")));
  request.set_name("x");
  request.set_role("agent");
  EXPECT_THAT(book_.Create(request, admin_), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("role")));
  request.set_role("admin");
  request.add_services("web");
  EXPECT_THAT(book_.Create(request, admin_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("services")));
  request.set_role("viewer");
  request.mutable_expires_in()->set_seconds(5);
  EXPECT_THAT(book_.Create(request, admin_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expires_in")));
  EXPECT_THAT(book_.Revoke("nothing"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no token")));
}

TEST_F(TokenBookTest, RefusalsAreCountedInAChainThatShowsChanges) {
  AuditLog audit(clock_, *store_);
  for (int i = 0; i < 3; ++i)
    audit.Refused("ipv4:10.0.0.1:4242", "Overrides.Apply", absl::PermissionDeniedError("no"));
  audit.Refused("ann", "Tokens.List", absl::PermissionDeniedError(std::string("bad \xff bytes")));
  audit.Done("root", "Tokens.Create", "token 1");
  audit.Flush();
  audit.Flush();
  const auto records = store_->ListAudit(10);
  ASSERT_THAT(records, IsOk());
  ASSERT_EQ(records->size(), 3u);
  uint64_t refused = 0;
  for (const auto& record : *records) {
    if (record.outcome() == "refused") refused += record.count();
    if (record.action() == "Overrides.Apply") {
      EXPECT_EQ(record.who(), "ipv4:10.0.0.1");
    }
  }
  EXPECT_EQ(refused, 4u);
  EXPECT_THAT(store_->VerifyAudit(), IsOk());
}

}  // namespace
}  // namespace haldane::controller
