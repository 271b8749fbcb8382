#include "cli/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "tests/cli/fake_controller_fixture.h"
#include "tests/cli/sample_rollout_fixture.h"

namespace haldane::cli {
namespace {

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() : client_(*Client::Create({.address = controller_.address()})) {}

  FakeController controller_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, WaitPassesOnEveryViewInOrder) {
  controller_.AddStream({.views = {SampleRollout(haldane::v1::ROLLOUT_STATE_WARMING),
                                   SampleRollout(haldane::v1::ROLLOUT_STATE_OBSERVING)}});
  std::vector<int> states;
  Canceller canceller;
  const absl::Status status = client_->Wait(
      "web-b", [&](haldane::v1::Rollout rollout) { states.push_back(rollout.verdict().state()); },
      &canceller);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(states, ::testing::ElementsAre(haldane::v1::ROLLOUT_STATE_WARMING,
                                             haldane::v1::ROLLOUT_STATE_OBSERVING));
}

TEST_F(ClientTest, CancellingEndsTheCallInProgress) {
  Canceller canceller;
  absl::Status status;
  std::thread waiting([&] {
    status = client_->Wait(
        "web-b", [](haldane::v1::Rollout) {}, &canceller);
  });
  controller_.AwaitHanging(1);
  canceller.Cancel();
  waiting.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

// Otherwise a call that begins just after would wait for ever.
TEST_F(ClientTest, CancellingEndsLaterCallsToo) {
  Canceller canceller;
  canceller.Cancel();
  EXPECT_TRUE(absl::IsCancelled(client_->CreateRollout({}, &canceller).status()));
  EXPECT_TRUE(absl::IsCancelled(client_->Wait(
      "web-b", [](haldane::v1::Rollout) {}, &canceller)));
  EXPECT_THAT(controller_.calls(), ::testing::ElementsAre());
}

TEST_F(ClientTest, FailuresKeepTheirCodeAndSayWhatToDo) {
  controller_.FailCalls(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
  const absl::Status old = client_->GetRollout("web-b").status();
  EXPECT_TRUE(absl::IsUnimplemented(old));
  EXPECT_THAT(std::string(old.message()),
              ::testing::HasSubstr("does not know this call; is it a controller, and not older"));

  controller_.FailCalls(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no certificate"));
  const absl::Status stranger = client_->GetRollout("web-b").status();
  EXPECT_TRUE(absl::IsUnauthenticated(stranger));
  EXPECT_EQ(
      stranger.message(),
      "the controller does not know who you are: no certificate; give a certificate that its CA has signed "
      "(--tls-cert, --tls-key) or a token (--token-file, HALDANE_TOKEN)");
}

}  // namespace
}  // namespace haldane::cli
