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
