#include "controller/fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/fleet/quota.h"
#include "tests/controller/agent_messages.h"
#include "tests/support/status_matchers.h"

namespace haldane::controller {
namespace {

using haldane::testing::Exited;
using haldane::testing::IsOk;
using haldane::testing::Process;
using haldane::testing::Report;
using haldane::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FleetTest : public ::testing::Test {
 protected:
  absl::Status Greet(const std::string& host, uint64_t epoch = 7) {
    return fleet_.Greet(host, haldane::testing::Hello(host, epoch).hello(), now_);
  }
  absl::StatusOr<HostStanding> Take(const std::string& host, const haldane::v1::Report& report) {
    return fleet_.Take(host, report, now_);
  }
  // "host: pid=requests ...", one per host, of what changed since the last call
  // with the same cursor.
  std::vector<std::string> News(ChangeNumber* cursor, absl::string_view service = "web") {
    FleetChanges changes = fleet_.TickFor(service, *cursor, now_);
    *cursor = changes.cursor;
    std::vector<std::string> news;
    for (const auto& host : changes.tick.hosts()) {
      std::string line = absl::StrCat(host.host(), ":");
      for (const auto& process : host.processes()) {
        absl::StrAppend(&line, " ", process.process().pid(), "=", process.counters().http_requests(),
                        process.exited() ? "!" : "");
      }
      news.push_back(line);
    }
    return news;
  }

  Fleet fleet_;
  absl::Duration now_ = absl::Hours(100);
  ChangeNumber cursor_ = 0;
};

TEST_F(FleetTest, TellsWhichSignalsAHostDoesNotCount) {
  ASSERT_THAT(Greet("a"), IsOk());
  v1::Report report = Report(1, Process(5, 50));
  report.add_gaps()->set_signal("http.latency");
  report.mutable_gaps(0)->set_cause(v1::SignalGap::CAUSE_SHED);
  ASSERT_THAT(Take("a", report), IsOk());
  const FleetChanges first = fleet_.TickFor("web", 0, now_);
  ASSERT_EQ(first.tick.hosts(0).gaps_size(), 1);
  EXPECT_EQ(first.tick.hosts(0).gaps(0).cause(), v1::SignalGap::CAUSE_SHED);
  // A report that does not name it says that it is counted again.
  ASSERT_THAT(Take("a", Report(2)), IsOk());
  EXPECT_EQ(fleet_.TickFor("web", first.cursor, now_).tick.hosts(0).gaps_size(), 0);
}

TEST_F(FleetTest, TellsHostsByNameAndProcessesByPid) {
  for (const char* host : {"b", "a"}) ASSERT_THAT(Greet(host), IsOk());
  ASSERT_THAT(Take("b", Report(1, Process(9, 90), Process(3, 30))), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(5, 50))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 5=50", "b: 3=30 9=90"));
}

TEST_F(FleetTest, TellsOnlyWhatChangedAndThatTheRestIsAlive) {
  for (const char* host : {"a", "b"}) {
    ASSERT_THAT(Greet(host), IsOk());
    ASSERT_THAT(Take(host, Report(1, Process(1, 10), Process(2, 20))), IsOk());
  }
  News(&cursor_);
  ASSERT_THAT(Take("a", Report(2, Process(2, 21))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 2=21"));
  ASSERT_THAT(Take("b", Report(2)), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("b:")) << "it reported, so it is alive";
  EXPECT_THAT(News(&cursor_), IsEmpty()) << "nobody reported";
}

TEST_F(FleetTest, ReadersDoNotTakeFromEachOther) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  ChangeNumber other = 0;
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=10"));
  ASSERT_THAT(Take("a", Report(2, Process(1, 11))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=11"));
  EXPECT_THAT(News(&other), ElementsAre("a: 1=11"));
}

TEST_F(FleetTest, LeavesOutOtherServices) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10, "old", "api"), Process(2, 20))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 2=20"));
  ChangeNumber other = 0;
  EXPECT_THAT(News(&other, "jobs"), IsEmpty());
  EXPECT_THAT(fleet_.ServicesOf("a"), ElementsAre("api", "web"));
}

TEST_F(FleetTest, TellsHowDropsStand) {
  ASSERT_THAT(Greet("a"), IsOk());
  haldane::v1::Report report = Report(1, Process(1, 10));
  report.add_drops()->set_site("slot_exhausted");
  report.mutable_drops(0)->set_count(3);
  ASSERT_THAT(Take("a", report), IsOk());
  const FleetChanges changes = fleet_.TickFor("web", 0, now_);
  ASSERT_EQ(changes.tick.hosts_size(), 1);
  EXPECT_EQ(changes.tick.hosts(0).epoch(), 7u);
  ASSERT_EQ(changes.tick.hosts(0).drops_size(), 1);
  EXPECT_EQ(changes.tick.hosts(0).drops(0).count(), 3u);
}

TEST_F(FleetTest, LastWordsOfAProcessAreFinalAndToldOnce) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  News(&cursor_);
  auto standing = Take("a", Report(2, Exited(Process(1, 12))));
  ASSERT_THAT(standing, IsOk());
  EXPECT_GT(standing->last_exit, cursor_);
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=12!"));
  EXPECT_LE(standing->last_exit, cursor_);
  standing = Take("a", Report(3, Exited(Process(1, 99))));
  ASSERT_THAT(standing, IsOk()) << "the acknowledgement was lost";
  EXPECT_LE(standing->last_exit, cursor_) << "nothing has exited since";
  EXPECT_THAT(News(&cursor_), IsEmpty());
}

TEST_F(FleetTest, KeepsLastWordsUntilEverybodyHasSeenThemAndTheAgentKnows) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Exited(Process(1, 10)), Process(2, 20))), IsOk());
  fleet_.Forget(0, now_);  // a reader has seen nothing yet
  EXPECT_EQ(fleet_.processes(), 2u);
  News(&cursor_);
  fleet_.Forget(cursor_, now_);
  EXPECT_EQ(fleet_.processes(), 2u) << "the agent may repeat it, and must not be taken for news";
  ASSERT_THAT(Take("a", Report(2)), IsOk());
  fleet_.Forget(cursor_, now_);
  EXPECT_EQ(fleet_.processes(), 1u);
}

TEST_F(FleetTest, ANewEpochStartsFromNothingAndTheOldOneIsHeardOut) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  News(&cursor_);
  ASSERT_THAT(Take("a", Report(2, Process(1, 15))), IsOk());
  ASSERT_THAT(Greet("a", 8), IsOk());
  haldane::v1::Report report = Report(1, Process(1, 3));
  report.set_epoch(8);
  ASSERT_THAT(Take("a", report), IsOk()) << "totals restart with the epoch";
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=15", "a: 1=3"));
  fleet_.Forget(cursor_, now_);
  ChangeNumber later = 0;
  EXPECT_THAT(News(&later), ElementsAre("a: 1=3"));
}

TEST_F(FleetTest, AReconnectWithTheSameEpochGoesOn) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  News(&cursor_);
  ASSERT_THAT(Greet("a"), IsOk());
  EXPECT_THAT(Take("a", Report(2, Process(1, 9))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fell")));
  EXPECT_THAT(News(&cursor_), IsEmpty()) << "a refused report changes nothing";
}

TEST_F(FleetTest, RefusesTotalsThatFall) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10), Process(2, 20))), IsOk());
  EXPECT_THAT(
      Take("a", Report(2, Process(1, 11), Process(2, 19))),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("process 2: http_requests fell from 20 to 19")));
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=10 2=20"));
}

TEST_F(FleetTest, TotalsOfAProcessThatWasNotCountedMayFall) {
  ASSERT_THAT(Greet("a"), IsOk());
  haldane::v1::ProcessSample paused = Process(1, 0);
  paused.set_counting(false);
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  ASSERT_THAT(Take("a", Report(2, paused)), IsOk());
  EXPECT_THAT(Take("a", Report(3, Process(1, 5))), IsOk());
}

TEST_F(FleetTest, AFirstLookLeavesOutTheSilentAndHearsThemInFullOnceTheyAreBack) {
  for (const char* host : {"a", "b"}) {
    ASSERT_THAT(Greet(host), IsOk());
    ASSERT_THAT(Take(host, Report(1, Process(1, 10), Process(2, 20))), IsOk());
  }
  now_ += absl::Minutes(5);
  ASSERT_THAT(Take("b", Report(2, Process(2, 25))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("b: 1=10 2=25"));
  now_ += absl::Minutes(5);
  ASSERT_THAT(Take("a", Report(2, Process(2, 21))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=10 2=21"));
}

TEST_F(FleetTest, ForgetsHostsAfterAnHourOfSilence) {
  for (const char* host : {"a", "b"}) {
    ASSERT_THAT(Greet(host), IsOk());
    ASSERT_THAT(Take(host, Report(1, Process(1, 10))), IsOk());
  }
  now_ += absl::Minutes(59);
  ASSERT_THAT(Take("b", Report(2)), IsOk());
  now_ += absl::Minutes(2);
  fleet_.Forget(0, now_);
  EXPECT_EQ(fleet_.Profiles().at(haldane::v1::Compatibility::PROFILE_FULL), 1u);
  EXPECT_THAT(fleet_.ServicesOf("b"), ElementsAre("web")) << "its process lives, though it has not changed";
  EXPECT_THAT(Take("a", Report(2)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("open a new stream")));
}

TEST_F(FleetTest, AForgottenHostIsTakenForANewOne) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10))), IsOk());
  now_ += absl::Minutes(61);
  fleet_.Forget(0, now_);
  EXPECT_THAT(News(&cursor_), IsEmpty());
  int visits = 0;
  fleet_.Visit("web", 0, [&visits](const auto&...) { ++visits; });
  EXPECT_EQ(visits, 0);
  ASSERT_THAT(Greet("a"), IsOk());
  EXPECT_THAT(News(&cursor_), IsEmpty()) << "what it runs is not known yet";
  ASSERT_THAT(Take("a", Report(1, Process(2, 5))), IsOk());
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 2=5"));
}

TEST_F(FleetTest, SaysWhenTheServicesOfAHostChange) {
  ASSERT_THAT(Greet("a"), IsOk());
  const auto services_after = [this](const haldane::v1::Report& report) {
    return Take("a", report)->services;
  };
  const uint64_t web = services_after(Report(1, Process(1, 10)));
  EXPECT_EQ(services_after(Report(2, Process(1, 11), Process(2, 1))), web);
  const uint64_t both = services_after(Report(3, Process(3, 1, "old", "api")));
  EXPECT_NE(both, web);
  EXPECT_EQ(services_after(Report(4, Exited(Process(3, 2, "old", "api")))), both) << "it may start again";
  now_ += absl::Minutes(50);
  EXPECT_EQ(services_after(Report(5, Process(1, 20))), both);
  now_ += absl::Minutes(11);
  fleet_.Forget(kEverything, now_);
  EXPECT_THAT(fleet_.ServicesOf("a"), ElementsAre("web"));
  const uint64_t web_again = services_after(Report(6));
  EXPECT_NE(web_again, both);
  EXPECT_NE(web_again, web);
}

TEST_F(FleetTest, HostsNeverShareAStandingOfServices) {
  uint64_t services[2];
  for (int i : {0, 1}) {
    const std::string host = absl::StrCat("host-", i);
    ASSERT_THAT(Greet(host), IsOk());
    services[i] = Take(host, Report(1, Process(1, 10)))->services;
  }
  EXPECT_NE(services[0], services[1]) << "a host that was forgotten must not look like the one before";
}

TEST_F(FleetTest, LastWordsThatNobodyCouldLogForAnHourAreStillTold) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10), Process(2, 1, "old", "api"))), IsOk());
  News(&cursor_);
  const ChangeNumber seen = cursor_;
  ASSERT_THAT(Take("a", Report(2, Exited(Process(1, 12)))), IsOk());
  ASSERT_THAT(Take("a", Report(3, Process(2, 3, "old", "api"))), IsOk());
  now_ += absl::Minutes(59);
  ASSERT_THAT(Take("a", Report(4, Process(2, 4, "old", "api"))), IsOk());
  ASSERT_THAT(Greet("a", 8), IsOk());
  now_ += absl::Minutes(2);
  fleet_.Forget(seen, now_);
  EXPECT_THAT(News(&cursor_), ElementsAre("a: 1=12!"));
  fleet_.Forget(kEverything, now_);
  EXPECT_THAT(fleet_.ServicesOf("a"), ElementsAre("api"));
}

TEST_F(FleetTest, VisitsWhatChangedOfOneServiceTheOldEpochFirst) {
  ASSERT_THAT(Greet("a"), IsOk());
  ASSERT_THAT(Take("a", Report(1, Process(1, 10), Process(2, 20), Process(3, 30, "old", "api"))), IsOk());
  std::vector<std::string> seen;
  const auto visit = [&seen](const std::string& host, const AgentEpoch& epoch,
                             const haldane::v1::ProcessSample& sample) {
    seen.push_back(absl::StrCat(host, "/", epoch.number(), "/", sample.process().pid()));
  };
  const ChangeNumber cursor = fleet_.Visit("web", 0, visit);
  EXPECT_THAT(seen, ElementsAre("a/7/1", "a/7/2"));
  seen.clear();
  ASSERT_THAT(Take("a", Report(2, Process(2, 21))), IsOk());
  ASSERT_THAT(Greet("a", 8), IsOk());
  haldane::v1::Report report = Report(1, Process(1, 1));
  report.set_epoch(8);
  ASSERT_THAT(Take("a", report), IsOk());
  EXPECT_GT(fleet_.Visit("web", cursor, visit), cursor);
  EXPECT_THAT(seen, ElementsAre("a/7/2", "a/8/1"));
  seen.clear();
  fleet_.Visit("nothing", 0, visit);
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(FleetTest, BoundsTheProcessesOfAHostOverReports) {
  ASSERT_THAT(Greet("a"), IsOk());
  for (uint32_t sequence = 1; sequence <= 4; ++sequence) {
    haldane::v1::Report report = Report(sequence);
    for (uint32_t i = 0; i < kMaxProcesses / 4; ++i)
      *report.add_processes() = Process(sequence * 10000 + i, 1);
    ASSERT_THAT(Take("a", report), IsOk());
  }
  EXPECT_THAT(
      Take("a", Report(5, Process(1, 1))),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("processes of the host is 5121, at most 5120")));
  EXPECT_THAT(Take("a", Report(5, Process(10000, 2))), IsOk()) << "known ones may go on";
}

TEST_F(FleetTest, BoundsTheBytesAndServicesOfAHost) {
  ASSERT_THAT(Greet("a"), IsOk());
  haldane::v1::Report large = Report(1);
  for (uint32_t pid = 1; pid <= 1200; ++pid) {
    haldane::v1::ProcessSample* sample = large.add_processes();
    *sample = Process(pid, 1);
    for (int i = 0; i < 64; ++i) {
      auto* item = sample->mutable_counters()->add_classes();
      item->set_name(absl::StrCat(std::string(110, 'x'), i));
      item->set_count(1);
    }
  }
  EXPECT_THAT(Take("a", large),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bytes, at most 8388608")));
  haldane::v1::Report many = Report(1);
  for (uint32_t pid = 1; pid <= 257; ++pid)
    *many.add_processes() = Process(pid, 1, "old", absl::StrCat("s", pid));
  EXPECT_THAT(Take("a", many),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("services of the host is 257")));
}

TEST_F(FleetTest, RefusesAProcessTwiceInOneReport) {
  ASSERT_THAT(Greet("a"), IsOk());
  EXPECT_THAT(Take("a", Report(1, Process(1, 1), Process(1, 2))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("process 1 comes twice")));
}

}  // namespace
}  // namespace haldane::controller
