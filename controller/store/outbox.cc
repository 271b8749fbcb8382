#include "controller/store/outbox.h"

#include <utility>

#include "base/status_macros.h"
#include "controller/store/sqlite_schema.h"

namespace haldane::controller {
namespace {

absl::Status RunToEnd(SqliteStatement& statement) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Outbox>> Outbox::Open(const std::string& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  RETURN_IF_ERROR(MigrateSchema(*database));
  RETURN_IF_ERROR(database->Execute("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF"));
  return std::unique_ptr<Outbox>(new Outbox(std::move(database)));
}

absl::StatusOr<std::optional<int64_t>> Outbox::Position() {
  ASSIGN_OR_RETURN(SqliteStatement select, database_->Prepare("SELECT position FROM notified"));
  ASSIGN_OR_RETURN(const bool row, select.Step());
  return row ? std::optional(select.Int(0)) : std::nullopt;
}

absl::Status Outbox::Advance(const Progress& progress) {
  RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  absl::Status status = Write(progress);
  if (status.ok()) status = database_->Execute("COMMIT");
  if (!status.ok())
    database_->Execute("ROLLBACK").IgnoreError();  // fails where SQLite has rolled back already
  return status;
}

absl::Status Outbox::Write(const Progress& progress) {
  for (const Message& message : progress.messages) {
    ASSIGN_OR_RETURN(
        SqliteStatement insert,
        database_->Prepare("INSERT OR IGNORE INTO outbox(webhook, key, body, made, due, attempts) "
                           "VALUES(?, ?, ?, ?, ?, 0)"));
    insert.BindText(1, message.webhook);
    insert.BindText(2, message.key);
    insert.BindBlob(3, message.body);
    insert.BindInt(4, absl::ToUnixMicros(message.made));
    insert.BindInt(5, absl::ToUnixMicros(message.made));
    RETURN_IF_ERROR(RunToEnd(insert));
  }
  for (const OverrideEnd& end : progress.begun) {
    ASSIGN_OR_RETURN(SqliteStatement insert,
                     database_->Prepare("INSERT OR IGNORE INTO override_ends VALUES(?, ?, ?)"));
    insert.BindText(1, end.rollout);
    insert.BindInt(2, static_cast<int64_t>(end.override));
    insert.BindInt(3, absl::ToUnixMicros(end.time));
    RETURN_IF_ERROR(RunToEnd(insert));
  }
  for (const OverrideEnd& end : progress.looked) {
    ASSIGN_OR_RETURN(SqliteStatement remove,
                     database_->Prepare("DELETE FROM override_ends WHERE rollout = ? AND override = ?"));
    remove.BindText(1, end.rollout);
    remove.BindInt(2, static_cast<int64_t>(end.override));
    RETURN_IF_ERROR(RunToEnd(remove));
  }
  ASSIGN_OR_RETURN(SqliteStatement advance,
                   database_->Prepare("INSERT OR REPLACE INTO notified VALUES(1, ?)"));
  advance.BindInt(1, progress.position);
  return RunToEnd(advance);
}

absl::StatusOr<std::vector<Outbox::OverrideEnd>> Outbox::EndedBy(absl::Time now) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT rollout, override, time FROM override_ends WHERE time <= ?"));
  select.BindInt(1, absl::ToUnixMicros(now));
  std::vector<OverrideEnd> ends;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return ends;
    ends.push_back({.rollout = std::string(select.Bytes(0)),
                    .override = static_cast<uint64_t>(select.Int(1)),
                    .time = absl::FromUnixMicros(select.Int(2))});
  }
}

absl::StatusOr<std::optional<Outbox::Message>> Outbox::Due(absl::string_view webhook, absl::Time now) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT id, key, body, made, attempts FROM outbox "
                                      "WHERE webhook = ? AND due <= ? ORDER BY due, id LIMIT 1"));
  select.BindText(1, webhook);
  select.BindInt(2, absl::ToUnixMicros(now));
  ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return std::nullopt;
  return Message{.id = select.Int(0),
                 .webhook = std::string(webhook),
                 .key = std::string(select.Bytes(1)),
                 .body = std::string(select.Bytes(2)),
                 .made = absl::FromUnixMicros(select.Int(3)),
                 .attempts = static_cast<int>(select.Int(4))};
}

absl::Status Outbox::Postpone(int64_t id, absl::Time until) {
  ASSIGN_OR_RETURN(SqliteStatement update,
                   database_->Prepare("UPDATE outbox SET attempts = attempts + 1, due = ? WHERE id = ?"));
  update.BindInt(1, absl::ToUnixMicros(until));
  update.BindInt(2, id);
  return RunToEnd(update);
}

absl::Status Outbox::Remove(int64_t id) {
  ASSIGN_OR_RETURN(SqliteStatement remove, database_->Prepare("DELETE FROM outbox WHERE id = ?"));
  remove.BindInt(1, id);
  return RunToEnd(remove);
}

absl::StatusOr<int64_t> Outbox::KeepOnly(const std::set<std::string>& webhooks) {
  ASSIGN_OR_RETURN(SqliteStatement select, database_->Prepare("SELECT id, webhook FROM outbox"));
  std::vector<int64_t> others;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    if (webhooks.count(std::string(select.Bytes(1))) == 0) others.push_back(select.Int(0));
  }
  select.Reset();
  for (const int64_t id : others) RETURN_IF_ERROR(Remove(id));
  return static_cast<int64_t>(others.size());
}

absl::StatusOr<int64_t> Outbox::Waiting() { return database_->QueryInt("SELECT count(*) FROM outbox"); }

}  // namespace haldane::controller
