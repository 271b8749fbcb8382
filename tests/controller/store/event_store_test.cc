// What every event store promises.
#include "controller/store/event_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/rollout/rollout.h"
#include "controller/store/memory_event_store.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::StatusIs;
using haldane::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

enum class Kind { kMemory, kSqlite };

class EventStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMemory) {
      store_ = std::make_unique<MemoryEventStore>();
      return;
    }
    auto store = SqliteEventStore::Open(directory_.path() + "/events.db");
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }

  absl::StatusOr<int64_t> Append(absl::string_view rollout, absl::string_view payload,
                                 Durability durability = Durability::kNormal) {
    return store_->Append({rollout, absl::FromUnixSeconds(1), "tick", payload, durability});
  }
  std::vector<std::string> Load(absl::string_view rollout) {
    std::vector<std::string> payloads;
    EXPECT_THAT(store_->Load(rollout,
                             [&](absl::string_view payload) {
                               payloads.emplace_back(payload);
                               return absl::OkStatus();
                             }),
                IsOk());
    return payloads;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<EventStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, EventStoreTest, ::testing::Values(Kind::kMemory, Kind::kSqlite),
                         [](const auto& info) { return info.param == Kind::kMemory ? "Memory" : "Sqlite"; });

TEST_P(EventStoreTest, GivesBackWhatWasAppendedInOrder) {
  const std::string binary("\0\xff\n", 3);
  ASSERT_THAT(Append("web", "first", Durability::kFull), IsOk());
  ASSERT_THAT(Append("web", binary), IsOk());
  ASSERT_THAT(Append("web", ""), IsOk());
  EXPECT_THAT(Load("web"), ElementsAre("first", binary, ""));
}

TEST_P(EventStoreTest, KeepsLogsApart) {
  ASSERT_THAT(Append("web", "w1"), IsOk());
  ASSERT_THAT(Append("api", "a1"), IsOk());
  ASSERT_THAT(Append("web", "w2"), IsOk());
  EXPECT_THAT(Load("web"), ElementsAre("w1", "w2"));
  EXPECT_THAT(Load("api"), ElementsAre("a1"));
}

TEST_P(EventStoreTest, AnUnknownLogIsEmpty) { EXPECT_THAT(Load("nothing"), IsEmpty()); }

TEST_P(EventStoreTest, ListsLogsInTheOrderTheyWereBegun) {
  for (const char* rollout : {"zebra", "ant", "zebra", "mole"}) ASSERT_THAT(Append(rollout, "x"), IsOk());
  const auto rollouts = store_->ListRollouts();
  ASSERT_THAT(rollouts, IsOk());
  EXPECT_THAT(*rollouts, ElementsAre("zebra", "ant", "mole"));
}

TEST_P(EventStoreTest, PositionsGrowOverAllLogs) {
  int64_t last = 0;
  for (const char* rollout : {"web", "api", "web"}) {
    const auto position = Append(rollout, "x");
    ASSERT_THAT(position, IsOk());
    EXPECT_GT(*position, last);
    last = *position;
  }
}

TEST_P(EventStoreTest, StopsAtTheReadersFailure) {
  ASSERT_THAT(Append("web", "1"), IsOk());
  ASSERT_THAT(Append("web", "2"), IsOk());
  int seen = 0;
  const absl::Status status = store_->Load("web", [&](absl::string_view) {
    ++seen;
    return absl::InvalidArgumentError("enough");
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("enough")));
  EXPECT_EQ(seen, 1);
  EXPECT_THAT(Append("web", "3"), IsOk()) << "an interrupted read must not hold the log";
}

TEST_P(EventStoreTest, KeepsWhatWasMadeOfALogUntilThatGoesOn) {
  ASSERT_THAT(store_->Append({"web", absl::FromUnixSeconds(1), "created", "begin", Durability::kFull}),
              IsOk());
  ASSERT_THAT(Append("web", "tick"), IsOk());
  ASSERT_THAT(store_->Append({"web", absl::FromUnixSeconds(2), "aborted", "end", Durability::kFull}), IsOk());
  ASSERT_THAT(Append("api", "tick"), IsOk());
  EXPECT_FALSE(store_->LoadEnding("web")->has_value());
  EXPECT_FALSE(store_->LoadEnding("nothing")->has_value());

  ASSERT_THAT(store_->KeepEnding("web", "view"), IsOk());
  const auto ending = store_->LoadEnding("web");
  ASSERT_THAT(ending, IsOk());
  ASSERT_TRUE(ending->has_value());
  EXPECT_EQ((*ending)->view, "view");
  EXPECT_THAT((*ending)->notes, ElementsAre("begin", "end"));

  ASSERT_THAT(store_->Append({"web", absl::FromUnixSeconds(3), "overridden", "more", Durability::kFull}),
              IsOk());
  EXPECT_FALSE(store_->LoadEnding("web")->has_value()) << "the log says more by now";
  ASSERT_THAT(store_->KeepEnding("web", "later view"), IsOk());
  EXPECT_EQ((**store_->LoadEnding("web")).view, "later view");
  EXPECT_THAT(Load("web"), ElementsAre("begin", "tick", "end", "more"));
}

TEST_P(EventStoreTest, ALogThatIsRemovedLeavesItsHeadAlone) {
  ASSERT_THAT(Append("old", "1"), IsOk());
  ASSERT_THAT(Append("old", "2"), IsOk());
  ASSERT_THAT(store_->KeepEnding("old", "view"), IsOk());
  ASSERT_THAT(Append("new", "1"), IsOk());
  const auto pruned = store_->Prune("old", absl::FromUnixSeconds(9));
  ASSERT_THAT(pruned, IsOk());
  EXPECT_EQ(pruned->events, 2);
  EXPECT_EQ(pruned->digest, ChainDigest(ChainDigest("", "1"), "2"));
  EXPECT_THAT(*store_->ListRollouts(), ElementsAre("new"));
  EXPECT_THAT(Load("old"), IsEmpty());
  EXPECT_THAT(Load("new"), ElementsAre("1"));
  EXPECT_FALSE(store_->LoadEnding("old")->has_value());
  EXPECT_THAT(store_->Prune("old", absl::FromUnixSeconds(9)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("old")));
  ASSERT_THAT(Append("old", "again"), IsOk()) << "a name may be used again";
  EXPECT_THAT(Load("old"), ElementsAre("again"));
}

TEST_P(EventStoreTest, APositionIsNeverGivenAgain) {
  ASSERT_THAT(Append("old", "1"), IsOk());
  EXPECT_THAT(store_->Prune("old", absl::FromUnixSeconds(9)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("newest")));
  const auto position = Append("new", "1");
  ASSERT_THAT(store_->Prune("old", absl::FromUnixSeconds(9)), IsOk());
  EXPECT_GT(*Append("new", "2"), *position);
}

TEST_P(EventStoreTest, TakesAMegabyteEvent) {
  const std::string large(1 << 20, 'x');
  ASSERT_THAT(Append("web", large), IsOk());
  EXPECT_THAT(Load("web"), ElementsAre(large));
}

}  // namespace
}  // namespace haldane::controller
