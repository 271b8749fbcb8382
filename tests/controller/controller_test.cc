#include "controller/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/rollout/rollout.h"
#include "controller/store/memory_event_store.h"
#include "haldane/v1/event.pb.h"
#include "tests/controller/fake_agent.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/rollout_script.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::Exited;
using haldane::testing::FakeAgent;
using haldane::testing::Hello;
using haldane::testing::IsOk;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::SimulatedClock;
using haldane::testing::StatusIs;
using haldane::testing::TestPlan;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Ends undecided after 20 s, whatever the evidence: which verdict is reached is
// the judge's affair, what becomes of it is the controller's.
haldane::v1::Plan ShortPlan() {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->mutable_max()->set_seconds(20);
  return plan;
}

haldane::v1::Plan PlanNamed(const std::string& name, const std::string& service = "web") {
  haldane::v1::Plan plan = ShortPlan();
  plan.set_rollout(name);
  plan.set_service(service);
  return plan;
}

struct RecordingWatcher final : RolloutWatcher {
  void OnRollout(const haldane::v1::Rollout& rollout, bool is_last) override {
    views.push_back(rollout);
    last = is_last;
  }
  void OnFailure(const absl::Status& status) override { failure = status; }
  std::vector<haldane::v1::Rollout> views;
  bool last = false;
  absl::Status failure;
};

class ControllerTest : public ::testing::Test {
 protected:
  ControllerTest() { Restart(); }

  // As after a kill: nothing but the store is left.
  void Restart() {
    agents_.clear();
    controller_ = std::make_unique<Controller>(clock_, store_, metrics_);
    ASSERT_THAT(controller_->Load(), IsOk());
    for (const char* host : {"baseline", "canary"}) {
      agents_.push_back(std::make_unique<FakeAgent>(controller_->agents()));
      agents_.back()->Say(Hello(host));
    }
  }
  // One second in which both hosts serve `requests`, the canary with `errors`.
  void Second(uint64_t requests = 100, uint64_t errors = 0) {
    clock_.Advance(absl::Seconds(1));
    requests_ += requests;
    errors_ += errors;
    ++sequence_;
    agents_[0]->Say(Report(sequence_, Process(1, requests_, "old")));
    haldane::v1::ProcessSample canary = Process(2, requests_, "new");
    canary.mutable_counters()->set_http_5xx(errors_);
    agents_[1]->Say(Report(sequence_, canary));
    controller_->Tick();
  }
  haldane::v1::Rollout Get(const std::string& name = "web-new") { return controller_->Get(name).value(); }
  std::vector<haldane::v1::RolloutEvent> Log(const std::string& name = "web-new") {
    std::vector<haldane::v1::RolloutEvent> events;
    EXPECT_THAT(store_.Load(name,
                            [&](absl::string_view payload) {
                              events.emplace_back();
                              return events.back().ParseFromArray(payload.data(),
                                                                  static_cast<int>(payload.size()))
                                         ? absl::OkStatus()
                                         : absl::InternalError("does not parse");
                            }),
                IsOk());
    return events;
  }

  SimulatedClock clock_;
  MemoryEventStore store_;
  Metrics metrics_;
  std::unique_ptr<Controller> controller_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
  uint64_t sequence_ = 0, requests_ = 0, errors_ = 0;
};

TEST_F(ControllerTest, AVerdictEndsTheRolloutAndIsLogged) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  for (int i = 0; i < 20; ++i) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED) << Get().verdict().sentence();
  EXPECT_TRUE(Get().has_ended_at());
  const auto events = Log();
  EXPECT_TRUE(events.front().has_created());
  EXPECT_EQ(events.back().verdict_reached().verdict().SerializeAsString(),
            Get().verdict().SerializeAsString());
  EXPECT_EQ(metrics_.verdicts(haldane::v1::ROLLOUT_STATE_UNDECIDED).Value(), 1);
  const size_t logged = events.size();
  Second();
  EXPECT_EQ(Log().size(), logged) << "nothing is logged after the end";
}

TEST_F(ControllerTest, EverySecondIsLoggedEvenASilentOne) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    controller_->Tick();
  }
  const auto events = Log();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_TRUE(events.back().has_tick());
  EXPECT_THAT(events.back().tick().hosts(), IsEmpty());
}

TEST_F(ControllerTest, TheLogNeverRunsBackwardsThoughTheWallClockDoes) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  const int64_t before = Log().back().time().seconds();
  clock_.StepWallClock(-absl::Hours(1));
  Second();
  EXPECT_EQ(Log().back().time().seconds(), before);
  EXPECT_EQ(Get().impediment(), "");
}

TEST_F(ControllerTest, TwoRolloutsReadTheFleetIndependently) {
  ASSERT_THAT(controller_->Create(PlanNamed("one")), IsOk());
  Second();
  Second();
  ASSERT_THAT(controller_->Create(PlanNamed("two")), IsOk());
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();
  EXPECT_THAT(Log("one").back().tick().hosts(), IsEmpty()) << "has seen all of it";
  EXPECT_EQ(Log("two").back().tick().hosts_size(), 2) << "sees it for the first time";
  ASSERT_THAT(controller_->Create(PlanNamed("other", "api")), IsOk());
  Second();
  EXPECT_EQ(Log("one").back().tick().hosts_size(), 2);
  EXPECT_EQ(Log("two").back().tick().hosts_size(), 2);
  EXPECT_THAT(Log("other").back().tick().hosts(), IsEmpty());
}

TEST_F(ControllerTest, AStoreThatFailsIsAnImpedimentAndLosesNothing) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 8; ++i) Second();
  const haldane::v1::Rollout before = Get();
  store_.FailAppends(absl::ResourceExhaustedError("events.db: the disk is full"));
  for (int i = 0; i < 30; ++i) Second(100, 80);
  EXPECT_THAT(Get().impediment(), HasSubstr("events.db: the disk is full"));
  EXPECT_EQ(Get().verdict().input_digest(), before.verdict().input_digest()) << "nothing is judged";
  EXPECT_FALSE(IsTerminal(Get().verdict().state()));
  EXPECT_EQ(metrics_.store_failures.Value(), 30);
  EXPECT_EQ(metrics_.rollouts_impeded.Value(), 1);

  store_.FailAppends(absl::OkStatus());
  Second(0, 0);
  EXPECT_EQ(Get().impediment(), "");
  uint64_t canary_errors = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) canary_errors += host.http_5xx();
  EXPECT_EQ(canary_errors, 30u * 80) << "what was counted meanwhile is there";
}

TEST_F(ControllerTest, AStoreThatFailsIsTriedOnceASecondNotOncePerRollout) {
  for (const char* name : {"one", "two", "three"}) ASSERT_THAT(controller_->Create(PlanNamed(name)), IsOk());
  store_.FailAppends(absl::UnavailableError("locked"));
  Second();
  EXPECT_EQ(metrics_.store_failures.Value(), 1);
  for (const char* name : {"one", "two", "three"}) EXPECT_THAT(Get(name).impediment(), HasSubstr("locked"));
}

TEST_F(ControllerTest, AVerdictThatCannotBeLoggedIsNotGiven) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"), "verdict_reached");
  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  for (int i = 0; i < 20; ++i) Second();
  ASSERT_THAT(Get().impediment(), HasSubstr("the disk is full"));
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_OBSERVING);
  EXPECT_FALSE(watcher.last);
  for (const auto& view : watcher.views) EXPECT_FALSE(IsTerminal(view.verdict().state()));

  store_.FailAppends(absl::OkStatus());
  Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_TRUE(watcher.last);
}

TEST_F(ControllerTest, ARestartGoesOnWithTheSameEvidence) {
  ASSERT_THAT(controller_->Create(ShortPlan()), IsOk());
  for (int i = 0; i < 10; ++i) Second();
  const haldane::v1::Rollout before = Get();
  Restart();
  const haldane::v1::Rollout after = Get();
  EXPECT_EQ(after.verdict().SerializeAsString(), before.verdict().SerializeAsString());
  for (int i = 0; i < 10; ++i) Second();
  EXPECT_EQ(Get().verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  const haldane::v1::Rollout ended = Get();
  Restart();
  EXPECT_EQ(Get().SerializeAsString(), ended.SerializeAsString());
}

TEST_F(ControllerTest, CountsGoOnAcrossARestart) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  for (int i = 0; i < 5; ++i) Second();
  Restart();
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();  // agents are not back yet
  for (int i = 0; i < 5; ++i) Second();
  uint64_t requests = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) requests += host.requests();
  EXPECT_EQ(requests, 2u * 9 * 100) << "the first total is where counting starts; nothing after it is lost";
}

TEST_F(ControllerTest, LastWordsHeardWhileTheStoreWasDownSurviveAKill) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  store_.FailAppends(absl::UnavailableError("down"));
  clock_.Advance(absl::Seconds(1));
  haldane::v1::Report last_words = Report(sequence_ + 1, Exited(Process(2, requests_ + 7, "new")));
  agents_[1]->Say(last_words);
  controller_->Tick();
  EXPECT_EQ(agents_[1]->acknowledged.back(), sequence_) << "the agent must not forget what is in no log";
  Restart();
  store_.FailAppends(absl::OkStatus());
  agents_[1]->Say(last_words);  // so the agent repeats it
  clock_.Advance(absl::Seconds(1));
  controller_->Tick();
  EXPECT_EQ(agents_[1]->acknowledged.back(), sequence_ + 1);
  uint64_t requests = 0;
  const haldane::v1::Rollout now = Get();
  for (const auto& host : now.hosts()) requests += host.host() == "canary" ? host.requests() : 0;
  EXPECT_EQ(requests, 7u);
}

TEST_F(ControllerTest, ADamagedLogIsReportedAndNeverJudged) {
  ASSERT_THAT(controller_->Create(PlanNamed("damaged")), IsOk());
  ASSERT_THAT(controller_->Create(PlanNamed("sound")), IsOk());
  for (int i = 0; i < 5; ++i) Second();
  store_.Damage("damaged", 3);
  Restart();
  EXPECT_THAT(Get("damaged").impediment(), HasSubstr("event 4 does not match its digest"));
  EXPECT_EQ(Get("damaged").plan().service(), "web");
  for (int i = 0; i < 20; ++i) Second();
  EXPECT_EQ(Get("damaged").verdict().state(), haldane::v1::ROLLOUT_STATE_UNSPECIFIED);
  EXPECT_EQ(Get("sound").verdict().state(), haldane::v1::ROLLOUT_STATE_UNDECIDED);
  EXPECT_EQ(metrics_.rollouts_impeded.Value(), 1);

  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("damaged", &watcher), IsOk());
  EXPECT_EQ(watcher.views.size(), 1u);
  EXPECT_THAT(watcher.failure, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("rollout damaged")))
      << "a gate must not wait for ever";
  EXPECT_THAT(controller_->Abort("damaged", "x"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

TEST_F(ControllerTest, CreatingTheSameAgainReturnsIt) {
  const auto first = controller_->Create(TestPlan());
  ASSERT_THAT(first, IsOk());
  Second();
  const auto again = controller_->Create(TestPlan());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->created_at().seconds(), first->created_at().seconds());
  Restart();
  EXPECT_THAT(controller_->Create(TestPlan()), IsOk());
  EXPECT_EQ(Log().size(), 2u) << "created and one tick, no more";
}

TEST_F(ControllerTest, CreatingAnotherPlanUnderTheNameFails) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  haldane::v1::Plan other = TestPlan();
  other.mutable_budget()->set_missed(0.1);
  EXPECT_THAT(controller_->Create(other),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("web-new exists with another plan")));
}

TEST_F(ControllerTest, ABadPlanIsRefusedNamingTheField) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_budget()->set_false_stop(0.7);
  EXPECT_THAT(controller_->Create(plan),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("budget.false_stop")));
  EXPECT_THAT(store_.ListRollouts().value(), IsEmpty());
}

TEST_F(ControllerTest, FieldsFromTheFutureAreRefusedNotIgnored) {
  haldane::v1::Plan plan = TestPlan();
  plan.mutable_observe()->GetReflection()->MutableUnknownFields(plan.mutable_observe())->AddVarint(77, 1);
  EXPECT_THAT(controller_->Create(plan),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("does not know")));
}

TEST_F(ControllerTest, DefaultsAreFilledIn) {
  haldane::v1::Plan plan = TestPlan();
  plan.clear_rollout();
  plan.clear_observe();
  const auto created = controller_->Create(plan);
  ASSERT_THAT(created, IsOk());
  EXPECT_NE(created->name(), "");
  EXPECT_GT(created->plan().observe().max().seconds(), 0);
}

TEST_F(ControllerTest, ARolloutThatCannotBeLoggedIsNotCreated) {
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"));
  EXPECT_THAT(controller_->Create(TestPlan()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("full")));
  EXPECT_THAT(controller_->Get("web-new"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("web-new")));
  store_.FailAppends(absl::OkStatus());
  EXPECT_THAT(controller_->Create(TestPlan()), IsOk());
}

TEST_F(ControllerTest, AbortEndsARunningRolloutAndLeavesAnEndedOne) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  Second();
  EXPECT_THAT(controller_->Abort("web-new", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reason")));
  EXPECT_THAT(controller_->Abort("web-new", std::string(501, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("501 bytes, at most 500")));
  const auto aborted = controller_->Abort("web-new", "wrong revision");
  ASSERT_THAT(aborted, IsOk());
  EXPECT_EQ(aborted->verdict().state(), haldane::v1::ROLLOUT_STATE_ABORTED);
  EXPECT_THAT(aborted->verdict().sentence(), HasSubstr("wrong revision"));
  const auto again = controller_->Abort("web-new", "another reason");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), aborted->SerializeAsString());
  EXPECT_THAT(controller_->Abort("nothing", "x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing")));
}

TEST_F(ControllerTest, ListsNewestFirst) {
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_THAT(controller_->Create(PlanNamed(name, name[0] == 'o' ? "api" : "web")), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  const auto names = [&](const std::string& service, uint32_t limit) {
    haldane::v1::ListRolloutsRequest request;
    request.set_service(service);
    request.set_limit(limit);
    std::vector<std::string> result;
    const haldane::v1::ListRolloutsResponse response = controller_->List(request).value();
    for (const auto& rollout : response.rollouts()) result.push_back(rollout.name());
    return result;
  };
  EXPECT_THAT(names("", 0), ElementsAre("three", "two", "one"));
  EXPECT_THAT(names("", 2), ElementsAre("three", "two"));
  EXPECT_THAT(names("api", 0), ElementsAre("one"));
  haldane::v1::ListRolloutsRequest request;
  request.set_limit(1001);
  EXPECT_THAT(controller_->List(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit is 1001")));
  Restart();
  EXPECT_THAT(names("", 0), ElementsAre("three", "two", "one"));
}

TEST_F(ControllerTest, AWatcherSeesTheRolloutAtOnceOnChangeAndToItsEnd) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher, late;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  EXPECT_EQ(watcher.views.size(), 1u);
  Second();
  EXPECT_EQ(watcher.views.size(), 2u);
  ASSERT_THAT(controller_->Abort("web-new", "enough"), IsOk());
  EXPECT_EQ(watcher.views.size(), 3u);
  EXPECT_TRUE(watcher.last);
  Second();
  EXPECT_EQ(watcher.views.size(), 3u) << "forgotten after the end";
  ASSERT_THAT(controller_->Watch("web-new", &late), IsOk());
  EXPECT_EQ(late.views.size(), 1u);
  EXPECT_TRUE(late.last);
  EXPECT_THAT(controller_->Watch("nothing", &late),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing")));
}

TEST_F(ControllerTest, AWatcherHearsOfAnImpedimentOnce) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  store_.FailAppends(absl::UnavailableError("locked"));
  for (int i = 0; i < 3; ++i) Second();
  ASSERT_EQ(watcher.views.size(), 2u);
  EXPECT_THAT(watcher.views.back().impediment(), HasSubstr("locked"));
}

TEST_F(ControllerTest, EndsStreamsAndWatchesNowAndToCome) {
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  RecordingWatcher watcher, late;
  ASSERT_THAT(controller_->Watch("web-new", &watcher), IsOk());
  controller_->EndStreams(absl::UnavailableError("stopping"));
  EXPECT_THAT(watcher.failure, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
  EXPECT_THAT(*agents_[0]->end, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
  EXPECT_THAT(controller_->Watch("web-new", &late),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
}

TEST_F(ControllerTest, AgentsAreToldToWatchWhileARolloutRuns) {
  Second();
  EXPECT_THAT(agents_[0]->directives.back(), IsEmpty());
  ASSERT_THAT(controller_->Create(TestPlan()), IsOk());
  EXPECT_THAT(agents_[0]->directives.back(), ElementsAre("web"));
  ASSERT_THAT(controller_->Abort("web-new", "enough"), IsOk());
  EXPECT_THAT(agents_[0]->directives.back(), IsEmpty());
}

}  // namespace
}  // namespace haldane::controller
