// Receivers are told how rollouts end: through failures of theirs and of ours.
#include "controller/notify/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "controller/controller.h"
#include "controller/http/integration_json.h"
#include "controller/notify/signature.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/controller/controller_fixture.h"
#include "tests/controller/notify/receiver_fixture.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::PlanNamed;
using haldane::testing::Receiver;
using haldane::testing::SimulatedClock;
using haldane::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSecret[] = "correct horse battery staple";

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    std::ofstream(SecretFile()) << kSecret << "\n";
    Start();
  }
  ~NotifierTest() override { Stop(); }

  std::string SecretFile() const { return directory_.path() + "/secret"; }
  // All that a process has; what it leaves is the file.
  void Start() {
    const std::string file = directory_.path() + "/h.db";
    store_ = *SqliteEventStore::Open(file);
    controller_ = std::make_unique<Controller>(clock_, *store_, metrics_);
    ASSERT_THAT(controller_->Load(), IsOk());
    log_ = *AdminStore::Open(file);
    loop_.emplace();
    auto notifier = Notifier::Create(clock_, webhooks_, log_.get(), *Outbox::Open(file), &*loop_, &metrics_);
    ASSERT_THAT(notifier, IsOk());
    notifier_ = *std::move(notifier);
  }
  void Stop() {
    if (loop_) loop_->Stop();
    notifier_.reset();
    loop_.reset();
    log_.reset();
    controller_.reset();
    store_.reset();
  }
  void Restart() {
    Stop();
    Start();
  }

  void Tick() {
    clock_.Advance(absl::Seconds(1));
    loop_->Run([this] { notifier_->Tick(); });
  }
  void Open(const std::string& name, const std::string& service = "web") {
    loop_->Run([&] { ASSERT_THAT(controller_->Create(PlanNamed(name, service)), IsOk()); });
  }
  void Abort(const std::string& name) {
    loop_->Run([&] { ASSERT_THAT(controller_->Abort(name, "wrong revision"), IsOk()); });
  }
  void Override(const std::string& name, haldane::v1::OverrideKind kind, int seconds = 0) {
    haldane::v1::ApplyOverrideRequest request;
    request.set_rollout(name);
    request.set_kind(kind);
    request.set_reason("known flaky metric");
    if (seconds > 0) request.mutable_expires_in()->set_seconds(seconds);
    haldane::v1::Principal ann;
    ann.set_name("ann");
    ann.set_role("oncall");
    loop_->Run([&] { ASSERT_THAT(controller_->Override(request, ann), IsOk()); });
  }
  void Revoke(const std::string& name, uint64_t id) {
    haldane::v1::RevokeOverrideRequest request;
    request.set_rollout(name);
    request.set_id(id);
    request.set_reason("it was right");
    loop_->Run([&] { ASSERT_THAT(controller_->Revoke(request, {}), IsOk()); });
  }
  // What the bodies of requests say under this name.
  static std::vector<std::string> Told(const std::vector<HttpRequest>& requests, const std::string& name) {
    std::vector<std::string> values;
    for (const HttpRequest& request : requests)
      values.push_back(TextOf(*ParseJsonObject(request.body), name));
    return values;
  }
  double Delivered() { return metrics_.notifications_delivered.Value(); }
  // Until what is under way has come back.
  void AwaitDelivered(double count) {
    for (int i = 0; i < 2000 && Delivered() < count; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
      loop_->Run([] {});
    }
    ASSERT_EQ(Delivered(), count);
  }

  TemporaryDirectory directory_;
  Receiver receiver_;
  std::vector<Webhook> webhooks_ = {
      {.name = "pager", .url = receiver_.url(), .secret_file = SecretFile(), .services = {}, .states = {}}};
  SimulatedClock clock_;
  Metrics metrics_;
  std::unique_ptr<SqliteEventStore> store_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<AdminStore> log_;
  std::optional<TaskLoop> loop_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, AnEndIsToldOnceSignedAndWithAKey) {
  Open("web-1");
  Tick();
  Abort("web-1");
  Tick();
  const auto requests = receiver_.Await(1);
  ASSERT_EQ(requests.size(), 1u);
  const HttpRequest& request = requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.Header("content-type"), "application/json");
  EXPECT_EQ(request.Header("idempotency-key"), Told(requests, "id")[0]);
  EXPECT_EQ(request.Header("haldane-signature"),
            SignWebhook(kSecret, std::stoll(std::string(request.Header("haldane-timestamp"))), request.body));
  EXPECT_THAT(Told(requests, "rollout"), ElementsAre("web-1"));
  EXPECT_THAT(Told(requests, "service"), ElementsAre("web"));
  EXPECT_THAT(Told(requests, "verdict"), ElementsAre("aborted"));
  EXPECT_THAT(Told(requests, "event"), ElementsAre("aborted"));
  EXPECT_THAT(Told(requests, "sentence"), ElementsAre("Aborted: wrong revision"));
  AwaitDelivered(1);
  for (int i = 0; i < 5; ++i) Tick();
  EXPECT_EQ(receiver_.Await(1).size(), 1u);
  EXPECT_EQ(metrics_.notifications_waiting.Value(), 0);
}

TEST_F(NotifierTest, EveryDecisionOfAPersonIsToldAlsoAfterTheEnd) {
  Open("web-1");
  Abort("web-1");
  Override("web-1", haldane::v1::OVERRIDE_KIND_PROCEED);
  Override("web-1", haldane::v1::OVERRIDE_KIND_ROLLBACK);
  Revoke("web-1", 2);
  Tick();
  const auto requests = receiver_.Await(4);
  EXPECT_THAT(Told(requests, "event"),
              ElementsAre("aborted", "overridden", "overridden", "override_revoked"));
  EXPECT_THAT(Told(requests, "verdict"), ElementsAre("aborted", "overridden", "overridden", "aborted"));
  EXPECT_THAT(Told(requests, "decision"), ElementsAre("aborted", "proceed", "rollback", "aborted"));
  EXPECT_THAT(requests[1].body, HasSubstr("\"by\":\"ann\""));
  EXPECT_THAT(requests[1].body, HasSubstr("known flaky metric"));
}

TEST_F(NotifierTest, AVerdictOfTheJudgeIsTold) {
  Open("web-1");
  for (int second = 0; second < 25; ++second) {
    Tick();
    loop_->Run([this] { controller_->Tick(); });
  }
  Tick();
  const auto requests = receiver_.Await(1);
  EXPECT_THAT(Told(requests, "event"), ElementsAre("verdict_reached"));
  EXPECT_THAT(Told(requests, "verdict"), ElementsAre("undecided"));
  EXPECT_EQ(Told(requests, "input_digest")[0].size(), 64u);
}

TEST_F(NotifierTest, TheEndOfAnOverrideIsToldOnceAlsoAfterARestart) {
  Open("web-1");
  Abort("web-1");
  Override("web-1", haldane::v1::OVERRIDE_KIND_PROCEED, 120);
  Tick();
  receiver_.Await(2);
  AwaitDelivered(2);
  Restart();
  clock_.Advance(absl::Minutes(3));
  Tick();
  const auto requests = receiver_.Await(3);
  EXPECT_EQ(Told(requests, "event").back(), "override_expired");
  EXPECT_EQ(Told(requests, "verdict").back(), "aborted");
  AwaitDelivered(3);
  Tick();
  EXPECT_EQ(receiver_.Await(3).size(), 3u);
}

TEST_F(NotifierTest, AHoldEndsNothingAndIsNotTold) {
  Open("web-1");
  Override("web-1", haldane::v1::OVERRIDE_KIND_HOLD, 60);
  Tick();
  clock_.Advance(absl::Minutes(2));
  Tick();
  Abort("web-1");
  Tick();
  EXPECT_THAT(Told(receiver_.Await(1), "event"), ElementsAre("aborted"));
}

TEST_F(NotifierTest, AReceiverThatIsAwayOrRefusesIsToldWhenItIsBackWithTheSameKeyAndBody) {
  receiver_.Answer(503);
  Open("web-1");
  Abort("web-1");
  Tick();
  receiver_.Await(1);
  receiver_.GoAway();
  const auto failed = [this] { return metrics_.notifications_failed.Value(); };
  for (int i = 0; i < 200 && failed() < 3; ++i) {
    clock_.Advance(absl::Minutes(1));
    Tick();
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_GE(failed(), 3);
  EXPECT_EQ(metrics_.notifications_waiting.Value(), 1);
  receiver_.ComeBack();
  receiver_.Answer(204);
  clock_.Advance(absl::Minutes(10));
  for (int i = 0; i < 200 && Delivered() == 0; ++i) {
    Tick();
    absl::SleepFor(absl::Milliseconds(50));
  }
  const auto requests = receiver_.Await(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].Header("idempotency-key"), requests[1].Header("idempotency-key"));
  EXPECT_EQ(requests[0].body, requests[1].body);
  EXPECT_NE(requests[0].Header("haldane-signature"), requests[1].Header("haldane-signature"))
      << "a signature is of its moment";
}

TEST_F(NotifierTest, WhatWasNotDeliveredBeforeARestartIsDeliveredAfterIt) {
  receiver_.GoAway();
  Open("web-1");
  Abort("web-1");
  Tick();  // in the outbox now
  Open("web-2");
  Abort("web-2");  // not even there
  Restart();
  receiver_.ComeBack();
  clock_.Advance(absl::Minutes(10));
  Tick();
  std::vector<std::string> rollouts = Told(receiver_.Await(2), "rollout");
  EXPECT_THAT(rollouts, ::testing::UnorderedElementsAre("web-1", "web-2"));
}

TEST_F(NotifierTest, WhatHappenedBeforeThereWereWebhooksIsNotTold) {
  // The outbox of a database that had none yet.
  ASSERT_THAT((*SqliteDatabase::Open(directory_.path() + "/h.db"))->Execute("DELETE FROM notified"), IsOk());
  Open("web-1");
  Abort("web-1");
  Restart();
  Open("web-2");
  Abort("web-2");
  Tick();
  EXPECT_THAT(Told(receiver_.Await(1), "rollout"), ElementsAre("web-2"));
}

TEST_F(NotifierTest, AWebhookHearsOfItsServicesAndVerdictsOnly) {
  webhooks_[0].services = {"web"};
  webhooks_[0].states = {"overridden"};
  Restart();
  Open("web-1");
  Open("api-1", "api");
  Abort("web-1");
  Abort("api-1");
  Override("api-1", haldane::v1::OVERRIDE_KIND_PROCEED);
  Override("web-1", haldane::v1::OVERRIDE_KIND_PROCEED);
  Tick();
  const auto requests = receiver_.Await(1);
  EXPECT_THAT(Told(requests, "rollout"), ElementsAre("web-1"));
  EXPECT_THAT(Told(requests, "verdict"), ElementsAre("overridden"));
}

TEST_F(NotifierTest, AReceiverThatIsAwayHoldsUpNoOther) {
  Receiver other;
  webhooks_.push_back(
      {.name = "chat", .url = other.url(), .secret_file = SecretFile(), .services = {}, .states = {}});
  receiver_.GoAway();
  Restart();
  Open("web-1");
  Abort("web-1");
  Tick();
  EXPECT_EQ(other.Await(1).size(), 1u);
}

TEST_F(NotifierTest, NeitherSecretNorAddressIsEverLogged) {
  ::testing::internal::CaptureStderr();
  receiver_.Answer(500);
  Open("web-1");
  Abort("web-1");
  Tick();
  receiver_.Await(1);
  for (int i = 0; i < 500 && metrics_.notifications_failed.Value() == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  std::ofstream(SecretFile(), std::ios::trunc) << "short";
  clock_.Advance(absl::Minutes(1));
  Tick();
  Stop();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"pager\""));
  EXPECT_THAT(log, HasSubstr("answered 500"));
  EXPECT_THAT(log, Not(HasSubstr("horse")));
  EXPECT_THAT(log, Not(HasSubstr("confidential")));
  EXPECT_THAT(log, Not(HasSubstr("short\"")));
}

TEST_F(NotifierTest, ASecretThatIsReplacedSignsTheNextAttempt) {
  Open("web-1");
  std::ofstream(SecretFile(), std::ios::trunc) << "another secret, as long";
  Abort("web-1");
  Tick();
  const auto requests = receiver_.Await(1);
  EXPECT_EQ(requests[0].Header("haldane-signature"),
            SignWebhook("another secret, as long",
                        std::stoll(std::string(requests[0].Header("haldane-timestamp"))), requests[0].body));
}

TEST_F(NotifierTest, AMessageOfDaysAgoIsGivenUp) {
  receiver_.Answer(400);
  Open("web-1");
  Abort("web-1");
  Tick();
  receiver_.Await(1);
  clock_.Advance(absl::Hours(73));
  for (int i = 0; i < 200 && metrics_.notifications_given_up.Value() == 0; ++i) {
    Tick();
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(metrics_.notifications_given_up.Value(), 1);
  Tick();
  EXPECT_EQ(metrics_.notifications_waiting.Value(), 0);
}

TEST(BackoffTest, DoublesUpToFiveMinutesAndIsSpread) {
  EXPECT_EQ(BackoffAfter(1, 0), absl::Seconds(1));
  EXPECT_EQ(BackoffAfter(4, 0), absl::Seconds(8));
  EXPECT_EQ(BackoffAfter(4, 1), absl::Seconds(4));
  EXPECT_EQ(BackoffAfter(1000, 0), absl::Minutes(5));
}

TEST(SignatureTest, IsTheHmacThatOthersCompute) {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac 'it is a secret'
  EXPECT_EQ(SignWebhook("it is a secret", 1700000000, "{}"),
            "v1=67e350349298a9497c2237197fec31eef0b0bb55ca0eacac7dc87c5ea8ecd5ae");
}

}  // namespace
}  // namespace haldane::controller
