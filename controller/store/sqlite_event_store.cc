#include "controller/store/sqlite_event_store.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/rollout/rollout.h"
#include "controller/store/sqlite_schema.h"

namespace haldane::controller {
namespace {

// SQLite's own locks cannot tell a second controller from a reader, so a file
// beside the database is locked for as long as it is open. The kernel drops
// the lock however the process ends.
absl::StatusOr<UniqueFd> LockBeside(const std::string& file) {
  const std::string path = file + ".lock";
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.is_open()) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": cannot be created (", std::strerror(errno),
                     "); the directory must exist and be writable by this user"));
  }
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t size = pread(fd.get(), holder, sizeof(holder) - 1, 0);
    const absl::string_view pid = absl::StripAsciiWhitespace(absl::string_view(holder, size > 0 ? size : 0));
    return absl::UnavailableError(absl::StrCat(file, ": in use by another controller",
                                               pid.empty() ? "" : absl::StrCat(" (process ", pid, ")"),
                                               "; stop it or name another file"));
  }
  // For the message above only, so a failure is of no consequence.
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) errno = 0;
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteEventStore>> SqliteEventStore::Open(const std::string& file) {
  ASSIGN_OR_RETURN(UniqueFd lock, LockBeside(file));
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  // The schema is looked at first: another program's file is left untouched.
  RETURN_IF_ERROR(MigrateSchema(*database));
  RETURN_IF_ERROR(
      database->Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF"));
  std::unique_ptr<SqliteEventStore> store(new SqliteEventStore(std::move(lock), std::move(database)));
  RETURN_IF_ERROR(store->PrepareStatements());
  return store;
}

absl::Status SqliteEventStore::PrepareStatements() {
  ASSIGN_OR_RETURN(insert_,
                   database_->Prepare("INSERT INTO events(rollout, sequence, time, kind, payload, digest) "
                                      "VALUES(?, ?, ?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(last_, database_->Prepare("SELECT sequence, digest FROM events WHERE rollout = ? "
                                             "ORDER BY sequence DESC LIMIT 1"));
  return absl::OkStatus();
}

absl::Status SqliteEventStore::SetDurability(Durability durability) {
  if (durability == durability_) return absl::OkStatus();
  RETURN_IF_ERROR(database_->Execute(durability == Durability::kFull ? "PRAGMA synchronous=FULL"
                                                                     : "PRAGMA synchronous=NORMAL"));
  durability_ = durability;
  return absl::OkStatus();
}

absl::StatusOr<SqliteEventStore::Tail> SqliteEventStore::ReadTail(absl::string_view rollout) {
  last_.BindText(1, rollout);
  Tail tail;
  absl::StatusOr<bool> row = last_.Step();
  if (row.ok() && *row) tail = {last_.Int(0), std::string(last_.Bytes(1))};
  last_.Reset();
  RETURN_IF_ERROR(row.status());
  return tail;
}

absl::StatusOr<bool> SqliteEventStore::Insert(const NewEvent& event, const Tail& tail) {
  insert_.BindText(1, event.rollout);
  insert_.BindInt(2, tail.sequence);
  insert_.BindInt(3, absl::ToUnixMicros(event.time));
  insert_.BindText(4, event.kind);
  insert_.BindBlob(5, event.payload);
  insert_.BindBlob(6, tail.digest);
  absl::StatusOr<bool> row = insert_.Step();
  insert_.Reset();
  return row;
}

absl::StatusOr<int64_t> SqliteEventStore::Append(const NewEvent& event) {
  const std::string rollout(event.rollout);
  auto tail = tails_.find(rollout);
  if (tail == tails_.end()) {
    ASSIGN_OR_RETURN(Tail read, ReadTail(rollout));
    tail = tails_.emplace(rollout, std::move(read)).first;
  }
  RETURN_IF_ERROR(SetDurability(event.durability));
  Tail next{tail->second.sequence + 1, ChainDigest(tail->second.digest, event.payload)};
  RETURN_IF_ERROR(Insert(event, next).status());
  tail->second = std::move(next);
  return database_->last_insert_rowid();
}

absl::Status SqliteEventStore::Load(absl::string_view rollout,
                                    absl::FunctionRef<absl::Status(absl::string_view payload)> consume) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT sequence, position, payload, digest FROM events "
                                      "WHERE rollout = ? ORDER BY sequence"));
  select.BindText(1, rollout);
  Tail tail;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    tail = {tail.sequence + 1, ChainDigest(tail.digest, select.Bytes(2))};
    if (select.Int(0) != tail.sequence || select.Bytes(3) != tail.digest) {
      return absl::DataLossError(absl::StrCat(
          database_->file(), ": rollout ", rollout, ": event ", tail.sequence, " (position ", select.Int(1),
          ") does not match its digest: the log was changed or damaged; restore the file from a backup"));
    }
    RETURN_IF_ERROR(consume(select.Bytes(2)));
  }
}

absl::StatusOr<std::vector<std::string>> SqliteEventStore::ListRollouts() {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT name FROM log_names ORDER BY (SELECT position FROM events "
                                      "WHERE rollout = name ORDER BY sequence LIMIT 1)"));
  std::vector<std::string> rollouts;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return rollouts;
    rollouts.emplace_back(select.Bytes(0));
  }
}

}  // namespace haldane::controller
