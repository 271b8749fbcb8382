#include "rpc/credentials.h"

#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <gtest/gtest.h>

#include <string>

namespace haldane {
namespace {

using ::testing::HasSubstr;

TEST(IsLoopbackTest, AcceptsEveryLoopbackForm) {
  for (const char* address : {"127.0.0.1:7460", "127.255.0.9:1", "[::1]:7460", "localhost:7460",
                              "unix:/run/haldane.sock", "127.0.0.1", "localhost"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
}

// A false yes here puts a fleet's traffic on a network in the clear.
TEST(IsLoopbackTest, RefusesWhateverCouldLeaveTheMachine) {
  for (const char* address : {"",
                              ":7460",
                              "0.0.0.0:7460",
                              "[::]:7460",
                              "10.0.0.1:7460",
                              "127.example.com:7460",
                              "localhost.example.com:7460",
                              "[::1].example.com:7460",
                              "[::1",
                              "[::1]x:7460",
                              "[fe80::1]:7460",
                              "127.0.0.1.example.com:7460",
                              "127.:7460",
                              "127.1.2.3.4:7460",
                              "127.0.0.256:7460",
                              "128.0.0.1:7460",
                              "1127.0.0.1:7460",
                              "[::ffff:10.0.0.1]:7460",
                              "dns:///localhost:7460",
                              "ipv4:10.0.0.1:7460,127.0.0.1:7460",
                              "127.0.0.1,10.0.0.1:7460"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(CredentialsTest, LoopbackNeedsNoTls) {
  EXPECT_TRUE(ServerCredentials("127.0.0.1:0", {}).ok());
  EXPECT_TRUE(ChannelCredentials("localhost:7460", {}).ok());
}

TEST(CredentialsTest, AnythingElseRefusesToRunInTheClear) {
  for (const absl::Status& status : {ServerCredentials("0.0.0.0:7460", {}).status(),
                                     ChannelCredentials("controller.example.com:7460", {}).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("--tls_cert"));
  }
}

// Half a set of files is a mistake, never a reason to fall back to clear text,
// not even on loopback.
TEST(CredentialsTest, PartialTlsIsRefusedEverywhere) {
  TlsFiles some;
  some.certificate = "agent.pem";
  some.ca = "ca.pem";
  EXPECT_EQ(ServerCredentials("127.0.0.1:0", some).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ChannelCredentials("127.0.0.1:7460", some).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ChannelCredentials("controller.example.com:7460", some).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CredentialsTest, AMissingFileIsNamed) {
  const TlsFiles files{"/nonexistent/agent.pem", "/nonexistent/agent.key", "/nonexistent/ca.pem"};
  const absl::Status status = ServerCredentials("0.0.0.0:7460", files).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/agent.pem"));
}

}  // namespace
}  // namespace haldane
