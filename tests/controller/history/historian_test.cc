#include "controller/history/historian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "controller/history/memory_profile_store.h"
#include "controller/history/profile_windows.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/agent_messages.h"
#include "tests/controller/history/samples_fixture.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Hello;
using testing::HistoryPlan;
using testing::IsOk;

// Agents of service "web" that report to a fleet, and a historian that reads it.
class HistorianTest : public ::testing::Test {
 protected:
  static constexpr int kHosts = 4;

  HistorianTest() {
    Restart();
    for (int i = 0; i < kHosts; ++i) {
      EXPECT_THAT(fleet_.Greet(Name(i), Hello(Name(i)).hello(), clock_.Monotonic()), IsOk());
    }
  }

  static std::string Name(int host) { return absl::StrCat("web-", host + 1); }

  void Restart() {
    historian_ = std::make_unique<Historian>(clock_, store_, metrics_);
    ASSERT_THAT(historian_->Load(), IsOk());
  }

  void Seconds(int count, bool busy = false) {
    for (int i = 0; i < count; ++i) {
      clock_.Advance(absl::Seconds(1));
      ++sequence_;
      for (int host = 0; host < kHosts; ++host) {
        const double rate = host < bad_hosts_ ? 0.2 : 0.02;
        requests_[host] += 50;
        errors_[host] += static_cast<uint64_t>(std::poisson_distribution<>(50 * rate)(random_));
        v1::ProcessSample sample = testing::Process(1, requests_[host]);
        sample.mutable_counters()->set_http_5xx(errors_[host]);
        sample.set_age_ms(600'000 + 1000 * sequence_);
        EXPECT_THAT(fleet_.Take(Name(host), testing::Report(sequence_, sample), clock_.Monotonic()), IsOk());
      }
      historian_->Tick(fleet_, busy ? std::set<std::string>{"web"} : std::set<std::string>{});
    }
  }
  // To the second in which a window ends.
  void EndWindow() {
    const auto windows = [&] {
      const auto profile = store_.Get("web");
      return profile.ok() && profile->signals_size() > 0 ? profile->updated_at().seconds() : 0;
    };
    const auto before = windows();
    for (int i = 0; i < 1300 && windows() == before; ++i) Seconds(1);
    ASSERT_GT(windows(), before);
  }
  static v1::Rollout RolloutOf(const std::string& service, int canaries = 0) {
    v1::Rollout rollout;
    rollout.mutable_plan()->set_service(service);
    for (int i = 0; i < canaries; ++i) rollout.add_hosts()->set_cohort(v1::HostView::COHORT_CANARY);
    return rollout;
  }
  const v1::SignalProfile& Errors() {
    profile_ = *store_.Get("web");
    return *EntryOf("http.5xx", &profile_);
  }

  testing::SimulatedClock clock_;
  MemoryProfileStore store_;
  Metrics metrics_;
  Fleet fleet_;
  std::unique_ptr<Historian> historian_;
  std::mt19937_64 random_{5};
  uint64_t sequence_ = 0;
  int bad_hosts_ = 0;
  uint64_t requests_[kHosts] = {}, errors_[kHosts] = {};
  v1::Profile profile_;
};

TEST_F(HistorianTest, FollowsAServiceFromItsFirstRolloutOn) {
  EXPECT_TRUE(historian_->services().empty());
  EXPECT_EQ(historian_->cursor(), kEverything) << "nobody waits for what nobody reads";
  historian_->NoteRollout(RolloutOf("web"));
  historian_->Follow("api");
  EXPECT_THAT(historian_->services(), ElementsAre("api", "web"));
  Seconds(1);
  EXPECT_EQ(historian_->cursor(), fleet_.TickFor("web", 0, clock_.Monotonic()).cursor);
}

TEST_F(HistorianTest, FollowsAsManyServicesAsItCanTheLatestAndTheAskedForFirst) {
  historian_->Follow("always");
  for (size_t i = 0; i < Historian::kMaxServices; ++i) {
    historian_->NoteRollout(RolloutOf(absl::StrCat("service-", i)));
  }
  EXPECT_EQ(historian_->services().size(), Historian::kMaxServices);
  EXPECT_EQ(historian_->services().count("always"), 1u);
  EXPECT_EQ(historian_->services().count("service-0"), 0u);
  EXPECT_EQ(historian_->services().count("service-255"), 1u);
}

TEST_F(HistorianTest, ARolloutBeginsWithWhatIsKnown) {
  historian_->NoteRollout(RolloutOf("web"));
  Seconds(30);
  v1::Created created;
  *created.mutable_plan() = HistoryPlan({"http.5xx"});
  historian_->Describe(&created);
  EXPECT_FALSE(created.has_profile());
  ASSERT_EQ(created.history().hosts_size(), kHosts);
  EXPECT_EQ(created.history().hosts(0).seconds_size(), 29);

  EndWindow();
  EndWindow();
  created.clear_history();
  historian_->Describe(&created);
  EXPECT_GE(created.profile().signals_size(), 1);
  for (const v1::SignalProfile& signal : created.profile().signals()) EXPECT_EQ(signal.window_size(), 0);
}

TEST_F(HistorianTest, AProfileThatNobodyRenewedForAMonthSaysNothing) {
  historian_->NoteRollout(RolloutOf("web"));
  EndWindow();
  clock_.Advance(LongestMemory() + absl::Hours(1));
  v1::Created created;
  *created.mutable_plan() = HistoryPlan({"http.5xx"});
  historian_->Describe(&created);
  EXPECT_FALSE(created.has_profile());
}

TEST_F(HistorianTest, WindowsAreTenMinutesWithoutARollout) {
  historian_->NoteRollout(RolloutOf("web"));
  EndWindow();
  EndWindow();
  const auto ended = Errors().window(0).ended_at().seconds();
  const auto count = Errors().windows();
  EndWindow();
  EXPECT_EQ(Errors().windows(), count + 1);
  EXPECT_EQ(Errors().window(static_cast<int>(count)).ended_at().seconds() -
                Errors().window(static_cast<int>(count) - 1).ended_at().seconds(),
            600);
  EXPECT_GT(ended, 0);

  // A rollout spoils the window that it falls into, and its own.
  Seconds(40, true);
  Seconds(1250);
  EXPECT_EQ(Errors().windows(), count + 2);
  EXPECT_NEAR(Errors().window(static_cast<int>(count) + 1).exposure(), 600 * kHosts * 50, 100);
}

TEST_F(HistorianTest, AServiceThatIsNotFollowedHasNoProfile) {
  Seconds(700);
  EXPECT_TRUE(historian_->List().profiles().empty());
  EXPECT_TRUE(absl::IsNotFound(historian_->Get("web").status()));
  EXPECT_THAT(historian_->Get("web").status().message(), HasSubstr("from its first rollout on"));
  EXPECT_TRUE(absl::IsNotFound(historian_->Learn("web").status()));
}

TEST_F(HistorianTest, APersonMayAskForAWindowNow) {
  historian_->NoteRollout(RolloutOf("web"));
  EndWindow();
  const uint32_t windows = Errors().windows();
  EXPECT_THAT(historian_->Learn("web").status().message(), HasSubstr("only 0 s have been observed"));
  EXPECT_TRUE(absl::IsFailedPrecondition(historian_->Learn("web").status()));
  Seconds(1, true);
  EXPECT_THAT(historian_->Learn("web").status().message(), HasSubstr("a rollout of service web is running"));
  Seconds(200);
  const auto learned = historian_->Learn("web");
  ASSERT_THAT(learned, IsOk());
  EXPECT_EQ(Errors().windows(), windows + 1);
  EXPECT_EQ(historian_->Get("web")->SerializeAsString(), learned->SerializeAsString());
}

TEST_F(HistorianTest, ARestartKeepsTheProfile) {
  historian_->NoteRollout(RolloutOf("web"));
  EndWindow();
  const v1::ListProfilesResponse before = historian_->List();
  ASSERT_EQ(before.profiles_size(), 1);
  Restart();
  EXPECT_EQ(historian_->List().SerializeAsString(), before.SerializeAsString());
}

TEST_F(HistorianTest, AWindowThatCannotBeStoredIsLostAndTheNextOneIsNot) {
  historian_->NoteRollout(RolloutOf("web"));
  store_.FailPuts(absl::ResourceExhaustedError("the disk is full"));
  Seconds(1300);
  EXPECT_TRUE(historian_->List().profiles().empty());
  EXPECT_GE(metrics_.store_failures.Value(), 1);
  store_.FailPuts(absl::OkStatus());
  EndWindow();
  EXPECT_EQ(historian_->List().profiles_size(), 1);
}

TEST_F(HistorianTest, TestsItselfBetweenRolloutsAndPublishesTheOutcome) {
  historian_->NoteRollout(RolloutOf("web", 2));
  Seconds(600 + 1200 + 1200);
  EXPECT_GE(Errors().self_tests(), 1u);
  EXPECT_EQ(Errors().self_stops(), 0u);
  EXPECT_EQ(Errors().self_test_level(), SelfTest::kLevel);
  EXPECT_FALSE(Errors().broken_promise());
  EXPECT_EQ(metrics_.self_tests("web", "http.5xx", false).Value(),
            static_cast<double>(Errors().self_tests()));
  EXPECT_THAT(
      prometheus::TextSerializer().Serialize(metrics_.registry()->Collect()),
      HasSubstr(
          "haldane_controller_self_test_total{outcome=\"passed\",service=\"web\",signal=\"http.5xx\"}"));
}

TEST_F(HistorianTest, ARolloutEndsTheSelfTest) {
  historian_->NoteRollout(RolloutOf("web"));
  for (int i = 0; i < 4; ++i) {
    Seconds(900);
    Seconds(1, true);
  }
  EXPECT_EQ(Errors().self_tests(), 0u);
}

}  // namespace
}  // namespace haldane::controller
