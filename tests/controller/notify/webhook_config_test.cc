// The file of --webhooks: what it may say, and how mistakes are named.
#include "controller/notify/webhook_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string MistakeIn(const std::string& text) {
  const auto parsed = ParseWebhooks(text, "hooks.yaml");
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(parsed.status().message());
}

TEST(WebhookConfigTest, ReadsReceivers) {
  const auto webhooks = ParseWebhooks(
      "webhooks:\n"
      "  - name: pager\n"
      "    url: https://hooks.example.com/a?key=1\n"
      "    secret_file: /etc/haldane/pager.secret\n"
      "  - {name: chat, url: 'http://localhost:9/x', secret_file: /s, services: [web], on: [rollback, "
      "halt]}\n",
      "hooks.yaml");
  ASSERT_THAT(webhooks, IsOk());
  ASSERT_EQ(webhooks->size(), 2u);
  EXPECT_EQ((*webhooks)[0].url, "https://hooks.example.com/a?key=1");
  EXPECT_TRUE((*webhooks)[0].services.empty());
  EXPECT_EQ((*webhooks)[1].services, std::set<std::string>{"web"});
  EXPECT_EQ((*webhooks)[1].states, (std::set<std::string>{"halt", "rollback"}));
}

TEST(WebhookConfigTest, EveryMistakeIsNamedWithItsLine) {
  const std::string mistakes = MistakeIn(
      "webhooks:\n"
      "  - name: pager\n"
      "    url: ftp://x/confidential\n"
      "    secret: abc\n"
      "  - name: pager\n"
      "    url: http://hooks.example.com/confidential\n"
      "    secret_file: relative\n"
      "    on: [rolled_back]\n");
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:3: webhooks[0].url: is no URL"));
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:4: webhooks[0].secret: unknown key"));
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:5: webhooks[1].name: \"pager\" is the name of another"));
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:6: webhooks[1].url: would send over the network in the clear"));
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:7: webhooks[1].secret_file: must be the full path"));
  EXPECT_THAT(mistakes, HasSubstr("hooks.yaml:8: webhooks[1].on[0]: \"rolled_back\" is none of proceed"));
  EXPECT_THAT(mistakes, Not(HasSubstr("confidential"))) << "an URL may be all that a sender needs";
}

TEST(WebhookConfigTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(
      MistakeIn("webhooks: [{name: pager}]"),
      AllOf(HasSubstr("hooks.yaml:1: webhooks[0].url: is missing"), HasSubstr("secret_file: is missing")));
  EXPECT_THAT(MistakeIn(""), HasSubstr("begin it with a line \"webhooks:\""));
  EXPECT_THAT(MistakeIn("{}"), HasSubstr("webhooks is missing"));
  EXPECT_THAT(MistakeIn("webhooks: []\nwebhook: 1"), HasSubstr("did you mean webhooks?"));
}

TEST(WebhookConfigTest, ASecretMustBeThereAndLongEnough) {
  const haldane::testing::TemporaryDirectory directory;
  const std::string config = directory.path() + "/hooks.yaml", secret = directory.path() + "/secret";
  std::ofstream(config) << "webhooks: [{name: pager, url: 'https://x/', secret_file: " << secret << "}]";
  EXPECT_THAT(LoadWebhooks(config), StatusIs(absl::StatusCode::kNotFound, HasSubstr("webhook pager")));
  std::ofstream(secret) << "too short";
  EXPECT_THAT(LoadWebhooks(config), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr("openssl rand"), Not(HasSubstr("too short")))));
  std::ofstream(secret) << "  long enough for everybody\n";
  EXPECT_THAT(LoadWebhooks(config), IsOk());
  EXPECT_EQ(*ReadSecret(secret), "long enough for everybody");
}

}  // namespace
}  // namespace haldane::controller
