// Who may call what, decided by certificates on a real TLS connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "haldane/v1/gate.grpc.pb.h"
#include "haldane/v1/rollout.grpc.pb.h"
#include "haldane/v1/telemetry.grpc.pb.h"
#include "rpc/credentials.h"
#include "tests/controller/agent_messages.h"
#include "tests/controller/auth/certificates_fixture.h"
#include "tests/controller/server_fixture.h"
#include "tests/support/rollout_script.h"

namespace haldane::controller {
namespace {

using haldane::testing::Certificates;
using haldane::testing::Context;
using haldane::testing::Hello;
using haldane::testing::Message;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::ServedController;
using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Channel(std::shared_ptr<grpc::ChannelCredentials> credentials) {
    grpc::ChannelArguments arguments;  // no subchannel shared with another test's certificate
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(served_.address(), std::move(credentials), arguments);
  }
  std::shared_ptr<grpc::Channel> ChannelOf(const TlsFiles& files) {
    return Channel(*ChannelCredentials(served_.address(), files));
  }

  // How the stream of an agent ends that says hello as `host` and one report,
  // and hangs up once that is acknowledged.
  grpc::Status StreamAs(const std::shared_ptr<grpc::Channel>& channel, const std::string& host) {
    const auto context = Context();
    const auto stub = haldane::v1::Telemetry::NewStub(channel);
    const auto stream = stub->Stream(context.get());
    stream->Write(Hello(host));
    stream->Write(Message(Report(1, Process(1, 10))));
    haldane::v1::ControllerMessage message;
    stream->Read(&message);
    stream->WritesDone();
    while (stream->Read(&message)) {
    }
    return stream->Finish();
  }
  grpc::Status CreateOn(const std::shared_ptr<grpc::Channel>& channel) {
    haldane::v1::CreateRolloutRequest request;
    *request.mutable_plan() = haldane::testing::TestPlan();
    haldane::v1::Rollout rollout;
    return haldane::v1::Rollouts::NewStub(channel)->Create(Context().get(), request, &rollout);
  }
  grpc::Status WaitOn(const std::shared_ptr<grpc::Channel>& channel) {
    haldane::v1::WaitRequest request;
    request.set_rollout("nothing");
    const auto context = Context();
    return haldane::v1::Gate::NewStub(channel)->Wait(context.get(), request)->Finish();
  }

  Certificates certificates_;
  ServedController served_{certificates_.Issue("controller", "IP:127.0.0.1,DNS:localhost")};
};

TEST_F(TlsTest, AnAgentSpeaksForItsOwnHostOnly) {
  const auto channel = ChannelOf(certificates_.Issue("a", "URI:haldane://agent/host-a"));
  const grpc::Status own = StreamAs(channel, "host-a");
  EXPECT_TRUE(own.ok()) << own.error_message();
  const grpc::Status other = StreamAs(channel, "host-b");
  EXPECT_EQ(other.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(other.error_message(), HasSubstr("host is host-b, but the certificate is host-a's"));
  EXPECT_EQ(served_.metrics.calls_denied.Value(), 1) << "a refusal as any other";
}

TEST_F(TlsTest, AnAgentMayNotDeploy) {
  const auto channel = ChannelOf(certificates_.Issue("a", "URI:haldane://agent/host-a"));
  EXPECT_EQ(CreateOn(channel).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(WaitOn(channel).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(served_.metrics.calls_denied.Value(), 2);
  EXPECT_TRUE(served_.store.ListRollouts()->empty());
}

TEST_F(TlsTest, ADeployerDeploysAndMayNotReport) {
  const auto channel = ChannelOf(certificates_.Issue("ci", "URI:haldane://deployer/ci"));
  EXPECT_TRUE(CreateOn(channel).ok());
  EXPECT_EQ(WaitOn(channel).error_code(), grpc::StatusCode::NOT_FOUND);
  const grpc::Status status = StreamAs(channel, "host-a");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("deployer ci"));
}

TEST_F(TlsTest, AViewerLooksAndDoesNoMore) {
  const auto channel = ChannelOf(certificates_.Issue("v", "URI:haldane://viewer/ann"));
  EXPECT_EQ(WaitOn(channel).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(CreateOn(channel).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(StreamAs(channel, "host-a").error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(TlsTest, ACertificateWithoutOneRoleMayDoNothing) {
  int serial = 0;
  for (const char* names :
       {"DNS:host-a", "DNS:haldane\\://agent/host-a", "URI:haldane://agent/a,URI:haldane://deployer/a"}) {
    const auto channel = ChannelOf(certificates_.Issue(absl::StrCat("x", ++serial), names));
    EXPECT_EQ(StreamAs(channel, "host-a").error_code(), grpc::StatusCode::UNAUTHENTICATED) << names;
    EXPECT_EQ(CreateOn(channel).error_code(), grpc::StatusCode::UNAUTHENTICATED) << names;
  }
}

TEST_F(TlsTest, StrangersAreNotLetIn) {
  grpc::SslCredentialsOptions no_certificate;
  no_certificate.pem_root_certs = *ReadFile(certificates_.ca(), 1 << 20);
  const grpc::Status unknown = CreateOn(Channel(grpc::SslCredentials(no_certificate)));
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNAUTHENTICATED) << "it might have had a token";
  EXPECT_THAT(unknown.error_message(), HasSubstr("shows no credential"));
  EXPECT_EQ(StreamAs(Channel(grpc::SslCredentials(no_certificate)), "host-a").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CreateOn(Channel(grpc::InsecureChannelCredentials())).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  const TlsFiles stranger = certificates_.Issue("stranger-ci", "URI:haldane://deployer/ci", true);
  EXPECT_EQ(CreateOn(ChannelOf(stranger)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(TlsReloadTest, CertificatesAreReplacedWithoutARestart) {
  Certificates now, later;
  const TlsFiles files = now.Issue("server", "DNS:localhost,IP:127.0.0.1");
  const ServedController served(files);
  const TlsFiles next = later.Issue("server", "DNS:localhost,IP:127.0.0.1");
  const TlsFiles viewer = later.Issue("viewer", "URI:haldane://viewer/ann");
  const auto list = [&] {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel =
        grpc::CreateCustomChannel(served.address(), *ChannelCredentials(served.address(), viewer), arguments);
    haldane::v1::ListRolloutsResponse response;
    return haldane::v1::Rollouts::NewStub(channel)->List(Context().get(), {}, &response).error_code();
  };
  EXPECT_EQ(list(), grpc::StatusCode::UNAVAILABLE) << "it knows neither these certificates nor this CA";
  for (const auto& [from, to] :
       {std::pair{next.key, files.key}, {next.certificate, files.certificate}, {next.ca, files.ca}}) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  }
  grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE;
  for (int i = 0; i < 60 && code != grpc::StatusCode::OK; ++i) {
    absl::SleepFor(absl::Milliseconds(500));
    code = list();
  }
  EXPECT_EQ(code, grpc::StatusCode::OK);
}

}  // namespace
}  // namespace haldane::controller
