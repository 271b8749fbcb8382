// What can go wrong with a file, and what people are told then.
#include "controller/store/sqlite_event_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_directory.h"

namespace haldane::controller {
namespace {

using haldane::testing::IsOk;
using haldane::testing::StatusIs;
using haldane::testing::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A small disk, for as long as it lives.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    mkdir(path_.c_str(), 0700);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  bool Grow() { return mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT, "size=4m") == 0; }

 private:
  const std::string path_;
  bool mounted_ = false;
};

class SqliteEventStoreTest : public ::testing::Test {
 protected:
  void Open() {
    store_.reset();
    auto store = SqliteEventStore::Open(file_);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
  }
  absl::Status Append(absl::string_view payload, Durability durability = Durability::kNormal) {
    return store_->Append({"web", absl::FromUnixSeconds(1), "tick", payload, durability}).status();
  }
  absl::Status Load(std::vector<std::string>* payloads) {
    return store_->Load("web", [&](absl::string_view payload) {
      payloads->emplace_back(payload);
      return absl::OkStatus();
    });
  }
  // As another program would.
  void Sql(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_free(error);
    sqlite3_close(database);
  }

  TemporaryDirectory directory_;
  std::string file_ = directory_.path() + "/events.db";
  std::unique_ptr<SqliteEventStore> store_;
};

TEST_F(SqliteEventStoreTest, GoesOnWhereItWasAfterARestart) {
  Open();
  ASSERT_THAT(Append("1"), IsOk());
  Open();
  ASSERT_THAT(Append("2"), IsOk());
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("1", "2"));
}

TEST_F(SqliteEventStoreTest, SurvivesBeingKilled) {
  // In a child, as a kill leaves no time to close anything.
  const pid_t child = fork();
  if (child == 0) {
    auto store = SqliteEventStore::Open(file_);
    const bool ok =
        store.ok() && (*store)->Append({"web", absl::Now(), "tick", "1", Durability::kNormal}).ok();
    if (ok) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("1"));
}

TEST_F(SqliteEventStoreTest, NoticesAChangedEvent) {
  Open();
  for (const char* payload : {"one", "two", "three"}) ASSERT_THAT(Append(payload), IsOk());
  Sql("UPDATE events SET payload = CAST('twx' AS BLOB) WHERE sequence = 2");
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr(file_), HasSubstr("rollout web: event 2"), HasSubstr("restore"))));
  EXPECT_THAT(payloads, ElementsAre("one"));
}

TEST_F(SqliteEventStoreTest, NoticesAMissingEvent) {
  Open();
  for (const char* payload : {"one", "two", "three"}) ASSERT_THAT(Append(payload), IsOk());
  Sql("DELETE FROM events WHERE sequence = 1");
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("event 1")));
  EXPECT_THAT(*store_->ListRollouts(), ElementsAre("web")) << "a log without its beginning must not vanish";
}

TEST_F(SqliteEventStoreTest, ASecondControllerIsRefusedAndToldWho) {
  Open();
  EXPECT_THAT(SqliteEventStore::Open(file_), StatusIs(absl::StatusCode::kUnavailable,
                                                      AllOf(HasSubstr(file_), HasSubstr("another controller"),
                                                            HasSubstr(std::to_string(getpid())))));
  store_.reset();
  EXPECT_THAT(SqliteEventStore::Open(file_), IsOk()) << "the lock must go with its holder";
}

TEST_F(SqliteEventStoreTest, SomebodyElsesTransactionFailsAnAppendAndNothingMore) {
  Open();
  ASSERT_THAT(Append("1"), IsOk());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_THAT(Append("2"), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("locked by another process")));
  sqlite3_close(other);
  EXPECT_THAT(Append("2"), IsOk());
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("1", "2"));
}

TEST_F(SqliteEventStoreTest, AFullDiskFailsAppendsUntilThereIsSpace) {
  SmallDisk disk(directory_.path() + "/disk");
  if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: mounting a small disk needs root";
  file_ = directory_.path() + "/disk/events.db";
  Open();
  const std::string block(16 << 10, 'x');
  absl::Status status;
  int appended = 0;
  while (status.ok() && appended < 1000) {
    status = Append(block, appended % 2 ? Durability::kFull : Durability::kNormal);
    appended += status.ok();
  }
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr(file_), HasSubstr("disk is full"), HasSubstr("free some space"))));
  ASSERT_TRUE(disk.Grow());
  EXPECT_THAT(Append("after"), IsOk());
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_EQ(payloads.size(), static_cast<size_t>(appended) + 1);
  EXPECT_EQ(payloads.back(), "after");
  store_.reset();
}

TEST_F(SqliteEventStoreTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file_) << std::string(8192, 'x');
  EXPECT_THAT(SqliteEventStore::Open(file_),
              StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr(file_), HasSubstr("not a database"))));
}

TEST_F(SqliteEventStoreTest, RefusesADamagedDatabase) {
  Open();
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Append(std::string(1000, 'x')), IsOk());
  store_.reset();
  std::fstream file(file_, std::ios::in | std::ios::out);
  file.seekp(4096);  // every page but the first, which says that it is a database
  file << std::string(200 << 10, '\xff');
  file.close();
  auto store = SqliteEventStore::Open(file_);
  absl::Status status = store.status();
  if (status.ok()) status = (*store)->ListRollouts().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss,
                               AllOf(HasSubstr(file_), HasSubstr("damaged"), HasSubstr("backup"))));
}

TEST_F(SqliteEventStoreTest, RefusesAnotherProgramsDatabaseAndLeavesItAlone) {
  Sql("CREATE TABLE cookies(name TEXT)");
  EXPECT_THAT(SqliteEventStore::Open(file_), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                      AllOf(HasSubstr(file_), HasSubstr("another program"))));
  Sql("INSERT INTO cookies VALUES('still here')");
}

TEST_F(SqliteEventStoreTest, RefusesANewerSchema) {
  Open();
  store_.reset();
  Sql("PRAGMA user_version = 99");
  EXPECT_THAT(SqliteEventStore::Open(file_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(file_), HasSubstr("schema version 99"))));
}

// The schema of the first release, with a log in it.
TEST_F(SqliteEventStoreTest, AnOlderSchemaIsBroughtUpToDateWithItsLogs) {
  Sql("PRAGMA application_id = 1212957774; PRAGMA user_version = 1;"
      "CREATE TABLE events(position INTEGER PRIMARY KEY, rollout TEXT NOT NULL, sequence INTEGER NOT NULL,"
      " time INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL, digest BLOB NOT NULL,"
      " UNIQUE(rollout, sequence)) STRICT;"
      "INSERT INTO events VALUES(1, 'web', 1, 0, 'created', CAST('one' AS BLOB),"
      " x'7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');");
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("one"));
  EXPECT_THAT(*store_->ListRollouts(), ElementsAre("web"));
  EXPECT_THAT(Append("two"), IsOk());
  EXPECT_THAT(store_->KeepEnding("web", "view"), IsOk());
}

TEST_F(SqliteEventStoreTest, AMigrationThatFailsChangesNothing) {
  Open();
  ASSERT_THAT(Append("1"), IsOk());
  store_.reset();
  // Claims to be older than it is: what the migration makes is there already.
  Sql("PRAGMA user_version = 1");
  EXPECT_FALSE(SqliteEventStore::Open(file_).ok());
  Sql("PRAGMA user_version = 3");
  Open();
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("1"));
}

// A limit on the size of files makes every write beyond it fail as on a disk
// that has gone bad: SQLite calls it an I/O error.
TEST_F(SqliteEventStoreTest, ADiskThatFailsFailsAppendsAndLosesNothing) {
  Open();
  ASSERT_THAT(Append("1"), IsOk());
  signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 32 << 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = Append(std::string(200 << 10, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr(file_), HasSubstr("cannot be read or written"), HasSubstr("disk"))));
  EXPECT_THAT(Append("2"), IsOk());
  std::vector<std::string> payloads;
  EXPECT_THAT(Load(&payloads), IsOk());
  EXPECT_THAT(payloads, ElementsAre("1", "2"));
}

TEST_F(SqliteEventStoreTest, NamesADirectoryThatIsNotThere) {
  EXPECT_THAT(SqliteEventStore::Open(directory_.path() + "/no/events.db"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("/no/events.db"), HasSubstr("must exist"))));
}

TEST_F(SqliteEventStoreTest, NamesAFileThatIsADirectory) {
  ASSERT_EQ(mkdir(file_.c_str(), 0700), 0);
  EXPECT_THAT(SqliteEventStore::Open(file_),
              StatusIs(absl::StatusCode::kPermissionDenied, AllOf(HasSubstr(file_), HasSubstr("writable"))));
}

}  // namespace
}  // namespace haldane::controller
