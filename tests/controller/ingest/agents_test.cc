#include "controller/ingest/agents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/store/memory_event_store.h"
#include "tests/controller/agent_messages.h"
#include "tests/controller/fake_agent.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::Exited;
using haldane::testing::FakeAgent;
using haldane::testing::Hello;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::SimulatedClock;
using haldane::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AgentsTest : public ::testing::Test {
 protected:
  // Expects that the stream was ended so.
  void ExpectEnded(const FakeAgent& agent, absl::StatusCode code, const std::string& message) {
    ASSERT_TRUE(agent.end.has_value()) << "the stream was not ended";
    EXPECT_THAT(*agent.end, StatusIs(code, HasSubstr(message)));
  }

  SimulatedClock clock_;
  Fleet fleet_;
  Metrics metrics_;
  MemoryEventStore store_;
  Switches switches_{store_};
  Agents agents_{clock_, &fleet_, &switches_, &metrics_};
};

TEST_F(AgentsTest, ReportsAreTakenInAndAcknowledged) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10)));
  agent.Say(Report(2, Process(1, 11)));
  EXPECT_THAT(agent.acknowledged, ElementsAre(1, 2));
  EXPECT_FALSE(agent.end);
  const FleetChanges changes = fleet_.TickFor("web", 0, clock_.Monotonic());
  EXPECT_EQ(changes.tick.hosts(0).processes(0).counters().http_requests(), 11u);
  EXPECT_EQ(metrics_.reports_accepted.Value(), 2);
}

TEST_F(AgentsTest, ARepeatIsAcknowledgedAndIgnored) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10)));
  agent.Say(Report(1, Process(1, 99)));
  EXPECT_THAT(agent.acknowledged, ElementsAre(1, 1));
  const FleetChanges changes = fleet_.TickFor("web", 0, clock_.Monotonic());
  EXPECT_EQ(changes.tick.hosts(0).processes(0).counters().http_requests(), 10u);
  EXPECT_EQ(metrics_.reports_repeated.Value(), 1);
}

TEST_F(AgentsTest, AGapInTheSequenceEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1));
  agent.Say(Report(3));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "sequence is 3, but 2 must follow");
  EXPECT_EQ(metrics_.reports_rejected.Value(), 1);
}

TEST_F(AgentsTest, AStepBackInTheSequenceEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(7));
  agent.Say(Report(5));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "sequence is 5, but 8 must follow");
}

TEST_F(AgentsTest, SequenceZeroEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(0));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "sequence is 0");
}

TEST_F(AgentsTest, AReconnectingAgentGoesOnFromAnySequence) {
  FakeAgent before(agents_);
  before.Say(Hello("a"));
  before.Say(Report(1, Process(1, 10)));
  before.Say(Report(2, Process(1, 11)));
  before.Leave();
  FakeAgent after(agents_);
  after.Say(Hello("a"));
  after.Say(Report(2, Process(1, 12)));  // the acknowledgement of 2 was lost; counted on meanwhile
  EXPECT_THAT(after.acknowledged, ElementsAre(2));
  const FleetChanges changes = fleet_.TickFor("web", 0, clock_.Monotonic());
  EXPECT_EQ(changes.tick.hosts(0).processes(0).counters().http_requests(), 12u);
}

TEST_F(AgentsTest, AReportBeforeTheHelloEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Report(1));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "before the hello");
}

TEST_F(AgentsTest, ASecondHelloEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Hello("b"));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "second hello");
}

TEST_F(AgentsTest, AnEmptyMessageEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(haldane::v1::AgentMessage());
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "neither a hello nor a report");
}

TEST_F(AgentsTest, AnotherEpochThanTheHellosEndsTheStream) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a", 8));
  agent.Say(Report(1));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "epoch is 7, but the hello said 8");
}

TEST_F(AgentsTest, TheCertificateDecidesWhichHostItIs) {
  FakeAgent honest(agents_, "a");
  honest.Say(Hello("a"));
  EXPECT_FALSE(honest.end);
  FakeAgent liar(agents_, "b");
  liar.Say(Hello("a"));
  ExpectEnded(liar, absl::StatusCode::kPermissionDenied, "host is a, but the certificate is b's");
  EXPECT_FALSE(honest.end) << "the honest agent of that host stays";
}

TEST_F(AgentsTest, AReportBeyondAQuotaEndsTheStreamAndChangesNothing) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10), Process(0, 1)));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "pid is 0");
  EXPECT_EQ(fleet_.processes(), 0u);
  agent.Say(Report(1, Process(1, 10)));
  EXPECT_EQ(fleet_.processes(), 0u) << "an ended stream says nothing more";
}

TEST_F(AgentsTest, ANewStreamOfAHostReplacesTheOldOne) {
  FakeAgent old_stream(agents_), new_stream(agents_);
  old_stream.Say(Hello("a"));
  new_stream.Say(Hello("a"));
  ExpectEnded(old_stream, absl::StatusCode::kAborted, "host a has opened another stream");
  old_stream.Say(Report(1, Process(1, 10)));
  EXPECT_EQ(fleet_.processes(), 0u);
  old_stream.Leave();
  new_stream.Say(Report(1, Process(1, 10)));
  EXPECT_THAT(new_stream.acknowledged, ElementsAre(1));
  EXPECT_EQ(metrics_.agents.Value(), 1);
}

TEST_F(AgentsTest, LastWordsAreAcknowledgedOnceTheyAreLogged) {
  agents_.SetDemand({"web"}, 0);
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10)));
  EXPECT_THAT(agent.acknowledged, ElementsAre(1)) << "would be said again, so need not wait";
  agent.Say(Report(2, Exited(Process(1, 11))));
  agent.Say(Report(3, Exited(Process(1, 11))));
  EXPECT_THAT(agent.acknowledged, ElementsAre(1));
  agents_.SetDemand({"web"}, fleet_.TickFor("web", 0, clock_.Monotonic()).cursor);
  EXPECT_THAT(agent.acknowledged, ElementsAre(1, 3));
}

TEST_F(AgentsTest, AnAgentIsToldWhatToWatchOnceItIsKnownWhatItRuns) {
  agents_.SetDemand({"api", "web"}, 0);
  FakeAgent agent(agents_);
  agents_.SetDemand({"web"}, 0);
  agent.Say(Hello("a"));
  agents_.SetDemand({"api", "web"}, 0);
  EXPECT_THAT(agent.directives, IsEmpty())
      << "to watch nothing would detach the probes of one that reconnects";
  haldane::v1::ProcessSample discovered = Process(1, 0);
  discovered.set_counting(false);
  agent.Say(Report(1, discovered));
  EXPECT_THAT(agent.directives, ElementsAre(ElementsAre("web")));
  agent.Say(Report(2, Process(1, 5)));
  EXPECT_EQ(agent.directives.size(), 1u) << "nothing changed";
  agent.Say(Report(3, Process(2, 5, "old", "api")));
  EXPECT_THAT(agent.directives.back(), ElementsAre("api", "web"));
  agents_.SetDemand({"api"}, 0);
  EXPECT_THAT(agent.directives.back(), ElementsAre("api"));
  agents_.SetDemand({}, kEverything);
  EXPECT_THAT(agent.directives.back(), IsEmpty());
}

TEST_F(AgentsTest, AReconnectedAgentIsToldEvenThatNothingIsWanted) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(4, Process(1, 5)));
  EXPECT_THAT(agent.directives, ElementsAre(IsEmpty())) << "it may still be watching";
}

TEST_F(AgentsTest, AServiceThatRestartsInPlaceStaysWatched) {
  agents_.SetDemand({"web"}, 0);
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10)));
  agent.Say(Report(2, Exited(Process(1, 11))));
  agents_.SetDemand({"web"}, kEverything);
  fleet_.Forget(kEverything, clock_.Monotonic());
  agent.Say(Report(3));
  EXPECT_THAT(agent.directives, ElementsAre(ElementsAre("web")));
}

TEST_F(AgentsTest, WhatAnAgentIsToWatchFollowsItsServicesOutToo) {
  agents_.SetDemand({"api", "web"}, kEverything);
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10), Exited(Process(2, 5, "old", "api"))));
  agent.Say(Report(2, Process(1, 11)));
  EXPECT_THAT(agent.directives, ElementsAre(ElementsAre("api", "web")));
  clock_.Advance(absl::Minutes(50));
  agent.Say(Report(3, Process(1, 12)));
  clock_.Advance(absl::Minutes(20));
  fleet_.Forget(kEverything, clock_.Monotonic());
  agent.Say(Report(4, Process(1, 13)));
  EXPECT_THAT(agent.directives.back(), ElementsAre("web")) << "nothing of api ran for an hour";
  EXPECT_EQ(agent.directives.size(), 2u);
}

TEST_F(AgentsTest, WhosePastIsKeptAndWhatIsSwitchedOffIsToldAtOnce) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  agent.Say(Report(1, Process(1, 10)));
  agents_.SetHistory({"web"});
  EXPECT_THAT(agent.last_directive.history_services(), ElementsAre("web"));
  ASSERT_THAT(switches_.Kill("web", "it hurts", {}, absl::UnixEpoch()), haldane::testing::IsOk());
  agents_.ObeySwitches();
  EXPECT_THAT(agent.last_directive.history_services(), IsEmpty());
  agents_.SetDemand({"web"}, 0);
  EXPECT_THAT(agent.last_directive.watch_services(), IsEmpty());
  ASSERT_THAT(switches_.Arm("web", "it is well", {}, absl::UnixEpoch()), haldane::testing::IsOk());
  agents_.ObeySwitches();
  EXPECT_THAT(agent.last_directive.watch_services(), ElementsAre("web"));
  EXPECT_EQ(agent.directives.size(), 4u) << "nothing, its past, nothing, all of it";
}

TEST_F(AgentsTest, WhatIsNoMessageEndsTheStreamOnce) {
  FakeAgent agent(agents_);
  const Agents::Id other = agents_.Open("", &agent) + 100;
  agents_.Reject(other, absl::InvalidArgumentError("of nobody"));
  EXPECT_FALSE(agent.end);
  EXPECT_EQ(metrics_.reports_rejected.Value(), 0);
  agents_.Reject(other - 100, absl::InvalidArgumentError("is no message"));
  ExpectEnded(agent, absl::StatusCode::kInvalidArgument, "is no message");
  EXPECT_EQ(metrics_.reports_rejected.Value(), 1);
}

TEST_F(AgentsTest, WhatIsNotKnownIsNotKept) {
  FakeAgent agent(agents_);
  agent.Say(Hello("a"));
  haldane::v1::ProcessSample sample = Process(1, 10);
  sample.GetReflection()->MutableUnknownFields(&sample)->AddLengthDelimited(99, std::string(1000, 'x'));
  agent.Say(Report(1, sample));
  const FleetChanges changes = fleet_.TickFor("web", 0, clock_.Monotonic());
  EXPECT_LT(changes.tick.ByteSizeLong(), 200u) << "it would go into the log";
}

TEST_F(AgentsTest, BoundsTheStreamsThatAreOpen) {
  std::vector<std::unique_ptr<FakeAgent>> streams;
  while (streams.size() < 25000) streams.push_back(std::make_unique<FakeAgent>(agents_));
  EXPECT_FALSE(streams.back()->end);
  FakeAgent one_too_many(agents_);
  ExpectEnded(one_too_many, absl::StatusCode::kResourceExhausted, "which is the limit");
  streams.back()->Leave();
  FakeAgent next(agents_);
  EXPECT_FALSE(next.end);
}

TEST_F(AgentsTest, EndsAllStreamsAndThoseToCome) {
  FakeAgent now(agents_), quiet(agents_);
  now.Say(Hello("a"));
  agents_.EndAll(absl::UnavailableError("stopping"));
  FakeAgent later(agents_);
  for (const FakeAgent* agent : {&now, &quiet, &later}) {
    ExpectEnded(*agent, absl::StatusCode::kUnavailable, "stopping");
  }
  now.Leave();
  later.Leave();
}

}  // namespace
}  // namespace haldane::controller
