#include "controller/guard/guard_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/fakes/simulated_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;

v1::GuardRun RunNamed(const std::string& run_id, const std::string& host = "web-1", uint64_t revision = 1) {
  v1::GuardRun run;
  run.set_run_id(run_id);
  run.set_host(host);
  run.set_deploy_id("web-42");
  run.set_service("web");
  run.set_revision(revision);
  run.set_state(v1::GUARD_RUN_STATE_FINISHED);
  return run;
}

v1::GuardRun WithFinding(v1::GuardRun run, const std::string& id, uint64_t count) {
  v1::GuardFinding* finding = run.add_findings();
  finding->set_id(id);
  finding->set_command("curl github.com");
  finding->set_count(count);
  return run;
}

class GuardBookTest : public ::testing::Test {
 protected:
  absl::StatusOr<uint64_t> Report(const v1::GuardRun& run) {
    v1::Principal author;
    author.set_name("ci");
    return book_.Report(run, author);
  }
  std::vector<std::string> Listed(const v1::ListGuardRunsRequest& request = {}) {
    std::vector<std::string> ids;
    const auto list = book_.List(request, all_);
    EXPECT_THAT(list, IsOk());
    for (const v1::GuardRun& run : list->runs()) ids.push_back(run.run_id());
    return ids;
  }

  const GuardBook::Visible all_ = [](absl::string_view) { return true; };
  const GuardBook::Visible none_ = [](absl::string_view) { return false; };
  testing::SimulatedClock clock_;
  std::unique_ptr<GuardRunStore> store_ = GuardRunStore::InMemory();
  GuardBook book_{clock_, *store_};
};

TEST_F(GuardBookTest, KeepsWhatWasReportedWithItsAuthorAndItsLists) {
  ASSERT_THAT(Report(WithFinding(RunNamed("a"), "f1", 2)), IsOk());
  const auto run = book_.Get("a", all_);
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->reported_by().name(), "ci");
  EXPECT_TRUE(run->has_received_at());
  EXPECT_EQ(run->findings_size(), 1);
  EXPECT_TRUE(absl::IsNotFound(book_.Get("b", all_).status()));
  EXPECT_TRUE(absl::IsNotFound(book_.Get("a", none_).status())) << "as if there were none";
}

TEST_F(GuardBookTest, AnOlderReportChangesNothing) {
  ASSERT_THAT(Report(RunNamed("a", "web-1", 5)), IsOk());
  v1::GuardRun late = RunNamed("a", "web-1", 4);
  late.set_state(v1::GUARD_RUN_STATE_RUNNING);
  EXPECT_EQ(*Report(late), 5u);
  EXPECT_EQ(book_.Get("a", all_)->state(), v1::GUARD_RUN_STATE_FINISHED);
}

TEST_F(GuardBookTest, ARunStaysThatOfItsHostAndService) {
  ASSERT_THAT(Report(RunNamed("a")), IsOk());
  EXPECT_TRUE(absl::IsPermissionDenied(Report(RunNamed("a", "web-2", 2)).status()));
  v1::GuardRun other = RunNamed("a", "web-1", 2);
  other.set_service("api");
  EXPECT_TRUE(absl::IsPermissionDenied(Report(other).status()));
}

TEST_F(GuardBookTest, ListsTheLatestReportedFirstAndByWhatIsAsked) {
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(Report(RunNamed(id, absl::StrCat("web-", id))), IsOk());
  ASSERT_THAT(Report(RunNamed("a", "web-a", 2)), IsOk());
  EXPECT_THAT(Listed(), ElementsAre("a", "c", "b"));
  v1::ListGuardRunsRequest request;
  request.set_host("web-b");
  EXPECT_THAT(Listed(request), ElementsAre("b"));
  request.Clear();
  request.set_limit(1);
  EXPECT_THAT(Listed(request), ElementsAre("a"));
  request.set_deploy_id("another");
  EXPECT_THAT(Listed(request), ElementsAre());
  request.set_limit(1001);
  EXPECT_TRUE(absl::IsInvalidArgument(book_.List(request, all_).status()));
  EXPECT_EQ(book_.List({}, none_)->runs_size(), 0);
}

TEST_F(GuardBookTest, OneRowPerCommandOverAllHosts) {
  ASSERT_THAT(Report(WithFinding(RunNamed("a", "web-1"), "f1", 2)), IsOk());
  ASSERT_THAT(Report(WithFinding(WithFinding(RunNamed("b", "web-2"), "f1", 3), "f2", 1)), IsOk());
  const auto findings = book_.ListFindings({}, all_);
  ASSERT_THAT(findings, IsOk());
  ASSERT_EQ(findings->findings_size(), 2);
  EXPECT_EQ(findings->findings(0).finding().id(), "f1");
  EXPECT_EQ(findings->findings(0).finding().count(), 5u);
  EXPECT_THAT(findings->findings(0).hosts(), ElementsAre("web-1", "web-2"));
  EXPECT_EQ(findings->findings(0).runs(), 2u);
  EXPECT_THAT(findings->findings(1).hosts(), ElementsAre("web-2"));
}

TEST_F(GuardBookTest, RolloutsAreToldEachReportOnce) {
  uint64_t cursor = 0;
  const auto reported = [&](size_t limit) {
    std::vector<std::string> ids;
    for (const v1::GuardRun& run : book_.ReportedAfter(&cursor, "web-42", "web", limit)) {
      ids.push_back(run.run_id());
    }
    return ids;
  };
  EXPECT_THAT(reported(9), ElementsAre());
  for (const char* id : {"a", "b", "c"}) ASSERT_THAT(Report(RunNamed(id)), IsOk());
  v1::GuardRun nobodys = RunNamed("d");
  nobodys.clear_service();
  ASSERT_THAT(Report(nobodys), IsOk());
  v1::GuardRun others = RunNamed("e");
  others.set_service("api");
  ASSERT_THAT(Report(others), IsOk());
  EXPECT_THAT(reported(2), ElementsAre("a", "b"));
  EXPECT_THAT(reported(9), ElementsAre("c", "d"));
  EXPECT_THAT(reported(9), ElementsAre());
  ASSERT_THAT(Report(RunNamed("b", "web-1", 2)), IsOk());
  EXPECT_THAT(reported(9), ElementsAre("b"));
}

TEST_F(GuardBookTest, WhatIsOutOfBoundsIsRefusedByName) {
  v1::GuardRun run = RunNamed("a b");
  EXPECT_THAT(std::string(Report(run).status().message()), HasSubstr("run.run_id is \"a b\""));
  run = RunNamed("a");
  run.set_host("");
  EXPECT_THAT(std::string(Report(run).status().message()), HasSubstr("run.host"));
  run = RunNamed("a");
  run.clear_state();
  EXPECT_THAT(std::string(Report(run).status().message()), HasSubstr("run.state"));
  run = RunNamed("a");
  for (int i = 0; i < 201; ++i) run.add_findings();
  EXPECT_THAT(std::string(Report(run).status().message()), HasSubstr("run.findings has 201 entries"));
  run = RunNamed("a");
  run.add_health(std::string(1100 << 10, 'x'));
  EXPECT_THAT(std::string(Report(run).status().message()), HasSubstr("at most 1048576"));
  EXPECT_THAT(Listed(), ElementsAre());
}

TEST(GuardRunStoreTest, RunsOutliveTheControllerInTheEventStoresFile) {
  const testing::TemporaryDirectory directory;
  const std::string file = directory.path() + "/haldane.db";
  testing::SimulatedClock clock;
  const auto events = SqliteEventStore::Open(file);
  ASSERT_THAT(events, IsOk());
  {
    const auto store = GuardRunStore::Open(file);
    ASSERT_THAT(store, IsOk());
    GuardBook book(clock, **store);
    ASSERT_THAT(book.Report(WithFinding(RunNamed("a"), "f1", 2), {}), IsOk());
    ASSERT_THAT(book.Report(RunNamed("b"), {}), IsOk());
  }
  const auto store = GuardRunStore::Open(file);
  ASSERT_THAT(store, IsOk());
  GuardBook book(clock, **store);
  ASSERT_THAT(book.Load(), IsOk());
  const auto list = book.List({}, [](absl::string_view) { return true; });
  ASSERT_EQ(list->runs_size(), 2);
  EXPECT_EQ(list->runs(0).run_id(), "b");
  EXPECT_EQ(list->runs(1).findings_size(), 0) << "a list is without lists";
  EXPECT_EQ(book.Get("a", [](absl::string_view) { return true; })->findings_size(), 1);
}

}  // namespace
}  // namespace haldane::controller
