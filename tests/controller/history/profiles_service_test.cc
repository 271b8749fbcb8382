// What clients see of profiles over a real connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "haldane/v1/profile.grpc.pb.h"
#include "tests/controller/agent_messages.h"
#include "tests/controller/fake_agent.h"
#include "tests/controller/server_fixture.h"

namespace haldane::controller {
namespace {

using testing::Context;
using testing::FakeAgent;
using ::testing::HasSubstr;
using testing::Hello;
using testing::ServedController;

class ProfilesServiceTest : public ::testing::Test {
 protected:
  ProfilesServiceTest()
      : stub_(v1::Profiles::NewStub(
            grpc::CreateChannel(served_.address(), grpc::InsecureChannelCredentials()))) {}

  grpc::Status Get(v1::Profile* profile) {
    v1::GetProfileRequest request;
    request.set_service("web");
    return stub_->Get(Context().get(), request, profile);
  }
  grpc::Status Learn(v1::Profile* profile) {
    v1::LearnProfileRequest request;
    request.set_service("web");
    return stub_->Learn(Context().get(), request, profile);
  }

  std::vector<std::unique_ptr<FakeAgent>> agents_;  // outlive the server
  ServedController served_;
  std::unique_ptr<v1::Profiles::Stub> stub_;
};

TEST_F(ProfilesServiceTest, AServiceWithoutAProfileIsNotFoundAndToldWhy) {
  v1::Profile profile;
  EXPECT_EQ(Get(&profile).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Learn(&profile).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ListProfilesResponse list;
  EXPECT_TRUE(stub_->List(Context().get(), {}, &list).ok());
  EXPECT_EQ(list.profiles_size(), 0);
  served_.Run([this] { served_.controller.historian().Follow("web"); });
  EXPECT_THAT(Get(&profile).error_message(), HasSubstr("none has passed yet"));
}

TEST_F(ProfilesServiceTest, LearnsFromWhatAgentsSaidWhenItIsAskedTo) {
  served_.Run([&] {
    served_.controller.historian().Follow("web");
    for (const char* host : {"web-1", "web-2"}) {
      agents_.push_back(std::make_unique<FakeAgent>(served_.controller.agents()));
      agents_.back()->Say(Hello(host));
    }
  });
  v1::Profile profile;
  uint64_t second = 0;
  const auto seconds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ++second;
      served_.Run([&] {
        for (auto& agent : agents_) {
          v1::ProcessSample sample = testing::Process(1, 20 * second);
          sample.set_age_ms(600'000 + 1000 * second);
          agent->Say(testing::Report(second, sample));
        }
      });
      served_.Tick();
    }
  };
  seconds(60);
  const grpc::Status little = Learn(&profile);
  EXPECT_EQ(little.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(little.error_message(), HasSubstr("at least 120 are needed"));

  // A window may end in between; one of the two has two minutes.
  seconds(150);
  if (!Learn(&profile).ok()) seconds(130);
  if (profile.service().empty()) {
    ASSERT_TRUE(Learn(&profile).ok());
  }
  EXPECT_EQ(profile.service(), "web");
  v1::Profile again;
  ASSERT_TRUE(Get(&again).ok());
  EXPECT_EQ(again.SerializeAsString(), profile.SerializeAsString());
  ASSERT_GE(again.signals_size(), 1);
  EXPECT_EQ(again.signals(0).window_size(), 1);
  v1::ListProfilesResponse list;
  ASSERT_TRUE(stub_->List(Context().get(), {}, &list).ok());
  ASSERT_EQ(list.profiles_size(), 1);
  EXPECT_EQ(list.profiles(0).signals(0).window_size(), 0);
}

}  // namespace
}  // namespace haldane::controller
