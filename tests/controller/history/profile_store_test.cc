#include "controller/history/profile_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "controller/history/memory_profile_store.h"
#include "controller/history/sqlite_profile_store.h"
#include "controller/store/sqlite_event_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

v1::Profile ProfileNamed(const std::string& service, double events) {
  v1::Profile profile;
  profile.set_service(service);
  v1::SignalProfile* signal = profile.add_signals();
  signal->set_signal("http.5xx");
  signal->set_events(events);
  signal->add_window()->set_events(events);
  return profile;
}

// What holds for every store.
void KeepsThePromises(ProfileStore& store) {
  EXPECT_TRUE(absl::IsNotFound(store.Get("web").status()));
  EXPECT_TRUE(store.List()->empty());
  EXPECT_THAT(store.Put(ProfileNamed("web", 1)), testing::IsOk());
  EXPECT_THAT(store.Put(ProfileNamed("api", 2)), testing::IsOk());
  EXPECT_THAT(store.Put(ProfileNamed("web", 3)), testing::IsOk());
  EXPECT_EQ(store.Get("web")->SerializeAsString(), ProfileNamed("web", 3).SerializeAsString());
  const auto list = store.List();
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].service(), "api");
  EXPECT_EQ((*list)[1].signals(0).events(), 3);
  EXPECT_EQ((*list)[1].signals(0).window_size(), 0);
}

TEST(ProfileStoreTest, InMemory) {
  MemoryProfileStore store;
  KeepsThePromises(store);
}

TEST(ProfileStoreTest, InTheFileOfTheEventStoreAndAfterItWasOpenedAgain) {
  const testing::TemporaryDirectory directory;
  const std::string file = directory.path() + "/haldane.db";
  {
    const auto events = SqliteEventStore::Open(file);
    ASSERT_THAT(events, testing::IsOk());
    const auto store = SqliteProfileStore::Open(file);
    ASSERT_THAT(store, testing::IsOk());
    KeepsThePromises(**store);
    // Both write to one file.
    EXPECT_THAT((*events)->Append({"web-1", absl::UnixEpoch(), "tick", "x"}), testing::IsOk());
    EXPECT_THAT((*store)->Put(ProfileNamed("web", 4)), testing::IsOk());
  }
  const auto events = SqliteEventStore::Open(file);
  ASSERT_THAT(events, testing::IsOk());
  const auto store = SqliteProfileStore::Open(file);
  ASSERT_THAT(store, testing::IsOk());
  EXPECT_EQ((*store)->Get("web")->signals(0).events(), 4);
}

TEST(ProfileStoreTest, AFileThatCannotBeOpenedIsNamed) {
  EXPECT_THAT(SqliteProfileStore::Open("/proc/haldane.db").status().message(),
              ::testing::HasSubstr("/proc/haldane.db"));
}

}  // namespace
}  // namespace haldane::controller
