#include "guard/uplink/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::guard {
namespace {

using haldane::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

haldane::v1::GuardRun Report(const std::string& run_id, uint64_t revision = 1) {
  haldane::v1::GuardRun run;
  run.set_run_id(run_id);
  run.set_revision(revision);
  run.set_state(haldane::v1::GUARD_RUN_STATE_FINISHED);
  return run;
}

class SpoolTest : public ::testing::Test {
 protected:
  const haldane::testing::TemporaryDirectory directory_;
  const Spool spool_{directory_.path()};
};

TEST_F(SpoolTest, KeepsTheLatestReportOfEachRunUntilItIsRemoved) {
  EXPECT_THAT(spool_.Waiting(), IsEmpty());
  ASSERT_THAT(spool_.Put(Report("a")), IsOk());
  ASSERT_THAT(spool_.Put(Report("a", 2)), IsOk());
  EXPECT_THAT(spool_.Waiting(), ElementsAre("a"));
  EXPECT_EQ(spool_.Read("a")->revision(), 2u);
  spool_.Remove("a");
  EXPECT_THAT(spool_.Waiting(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(spool_.Read("a").status()));
}

TEST_F(SpoolTest, ADamagedReportIsNoReport) {
  ASSERT_THAT(spool_.Put(Report("a")), IsOk());
  std::ofstream(directory_.path() + "/spool/a.report") << "\xff\xff";
  EXPECT_TRUE(absl::IsDataLoss(spool_.Read("a").status()));
}

TEST_F(SpoolTest, ARunIsAliveWhileSomebodyHoldsIt) {
  EXPECT_FALSE(spool_.IsAlive("a"));
  {
    const auto held = spool_.HoldAlive("a");
    ASSERT_THAT(held, IsOk());
    EXPECT_TRUE(spool_.IsAlive("a"));
    EXPECT_FALSE(spool_.IsAlive("b"));
  }
  EXPECT_FALSE(spool_.IsAlive("a"));
}

TEST_F(SpoolTest, ARefusalIsToldOnceAndNothingWaits) {
  ASSERT_THAT(spool_.Put(Report("a")), IsOk());
  spool_.Refuse("a", "not yours");
  EXPECT_THAT(spool_.Waiting(), IsEmpty());
  EXPECT_EQ(spool_.TakeRefusal("a"), "not yours");
  EXPECT_EQ(spool_.TakeRefusal("a"), "");
}

TEST_F(SpoolTest, HoldsSoManyReportsAndNoMore) {
  for (size_t i = 0; i <= Spool::kMostReports; ++i)
    ASSERT_THAT(spool_.Put(Report(absl::StrCat("r", i))), IsOk());
  EXPECT_EQ(spool_.Waiting().size(), Spool::kMostReports);
  EXPECT_THAT(spool_.Read(absl::StrCat("r", Spool::kMostReports)), IsOk());
}

}  // namespace
}  // namespace haldane::guard
