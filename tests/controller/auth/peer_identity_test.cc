#include "controller/auth/peer_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::StatusIs;
using ::testing::HasSubstr;

TEST(IdentityFromUrisTest, ReadsRoleAndName) {
  const auto agent = IdentityFromUris({"haldane://agent/web-1.example.com"});
  ASSERT_THAT(agent, IsOk());
  EXPECT_EQ(agent->role, Role::kAgent);
  EXPECT_EQ(agent->name, "web-1.example.com");
  const auto deployer = IdentityFromUris({"spiffe://other/thing", "haldane://deployer/ci"});
  ASSERT_THAT(deployer, IsOk());
  EXPECT_EQ(deployer->role, Role::kDeployer);
  EXPECT_EQ(deployer->name, "ci");
}

TEST(IdentityFromUrisTest, RefusesNoneSeveralAndMalformedOnes) {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"spiffe://x/y"},
      {"haldane://agent/a", "haldane://deployer/b"},
      {"haldane://agent/"},
      {"haldane://agent"},
      {"haldane://root/a"},
      {"haldane://agent/a/b"},
      {"haldane://agent/a b"},
      {"haldane://agent/../deployer/x"},
      {"HALDANE://agent/a"},
      {std::string("haldane://agent/a\0b", 19)},
      {"haldane://agent/" + std::string(254, 'a')},
  };
  for (const auto& uris : bad) {
    EXPECT_THAT(IdentityFromUris(uris),
                StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("haldane://agent/HOST")))
        << (uris.empty() ? "none" : uris[0]);
  }
}

}  // namespace
}  // namespace haldane::controller
