#include "controller/store/sqlite_schema.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace haldane::controller {
namespace {

// "HLDN": tells our files from other programs' SQLite files.
constexpr int64_t kApplicationId = 0x484c444e;

// kMigrations[n] leads from version n to n + 1. Never change one that was
// released; add another.
constexpr const char* kMigrations[] = {
    R"sql(
      CREATE TABLE events(
        position INTEGER PRIMARY KEY,  -- order over all rollouts
        rollout TEXT NOT NULL,
        sequence INTEGER NOT NULL,     -- 1, 2, ... within the rollout
        time INTEGER NOT NULL,         -- microseconds since 1970, controller time
        kind TEXT NOT NULL,
        payload BLOB NOT NULL,         -- haldane.v1.RolloutEvent
        digest BLOB NOT NULL,          -- SHA-256(previous digest, payload)
        UNIQUE(rollout, sequence)
      ) STRICT;
    )sql",
    R"sql(
      CREATE TABLE tokens(
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,     -- SHA-256 of the secret
        token BLOB NOT NULL            -- haldane.v1.Token
      ) STRICT;
      CREATE TABLE audit(
        position INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,         -- microseconds since 1970
        record BLOB NOT NULL,          -- haldane.v1.AuditRecord without position and digest
        digest BLOB NOT NULL           -- SHA-256(previous digest, record)
      ) STRICT;
      CREATE INDEX events_of_note ON events(position) WHERE kind <> 'tick';
    )sql",
    R"sql(
      CREATE INDEX notes_of_rollouts ON events(rollout, sequence) WHERE kind <> 'tick';
      -- From one name to the next by the index: millions of ticks are not looked at.
      CREATE VIEW log_names AS
        WITH RECURSIVE names(name) AS (
          SELECT min(rollout) FROM events
          UNION ALL
          SELECT (SELECT min(rollout) FROM events WHERE rollout > name) FROM names WHERE name IS NOT NULL)
        SELECT name FROM names WHERE name IS NOT NULL;
      CREATE TABLE endings(            -- made from the log, to read that less often
        rollout TEXT PRIMARY KEY,
        sequence INTEGER NOT NULL,     -- of the event by which it ended
        digest BLOB NOT NULL,          -- of that event
        view BLOB NOT NULL             -- haldane.v1.Rollout as the judge left it
      ) STRICT;
      CREATE TABLE pruned(             -- logs that were removed in time
        rollout TEXT NOT NULL,
        events INTEGER NOT NULL,
        digest BLOB NOT NULL,          -- of the last event
        time INTEGER NOT NULL,         -- when it was removed, microseconds since 1970
        PRIMARY KEY(rollout, digest)
      ) STRICT;
      CREATE TABLE notified(
        one INTEGER PRIMARY KEY CHECK(one = 1),
        position INTEGER NOT NULL      -- events up to here have been turned into messages
      ) STRICT;
      CREATE TABLE outbox(
        id INTEGER PRIMARY KEY,
        webhook TEXT NOT NULL,
        key TEXT NOT NULL,             -- of idempotency
        body BLOB NOT NULL,
        made INTEGER NOT NULL,         -- microseconds since 1970
        due INTEGER NOT NULL,          -- likewise: when to try next
        attempts INTEGER NOT NULL,     -- that failed
        UNIQUE(webhook, key)
      ) STRICT;
      CREATE INDEX outbox_by_due ON outbox(webhook, due);
      CREATE TABLE override_ends(      -- decisions of people that expire
        rollout TEXT NOT NULL,
        override INTEGER NOT NULL,
        time INTEGER NOT NULL,         -- microseconds since 1970
        PRIMARY KEY(rollout, override)
      ) STRICT;
    )sql",
};
constexpr int64_t kVersion = sizeof(kMigrations) / sizeof(kMigrations[0]);

absl::Status Migrate(SqliteDatabase& database, int64_t from) {
  for (int64_t version = from; version < kVersion; ++version) {
    RETURN_IF_ERROR(database.Execute(kMigrations[version]));
  }
  return database.Execute(
      absl::StrCat("PRAGMA application_id=", kApplicationId, "; PRAGMA user_version=", kVersion).c_str());
}

}  // namespace

absl::Status MigrateSchema(SqliteDatabase& database) {
  ASSIGN_OR_RETURN(const int64_t application, database.QueryInt("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, database.QueryInt("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int64_t tables, database.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || version != 0 || tables != 0)) {
    return absl::FailedPreconditionError(
        absl::StrCat(database.file(), ": is the database of another program; name another file"));
  }
  if (version > kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(database.file(), ": has schema version ", version, ", but this controller knows up to ",
                     kVersion, "; run the newer controller or restore an older backup"));
  }
  if (version == kVersion) return absl::OkStatus();

  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  absl::Status status = Migrate(database, version);
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok()) database.Execute("ROLLBACK").IgnoreError();  // fails where SQLite has rolled back already
  return status;
}

}  // namespace haldane::controller
