// Of logs of the past: what was made of them, and their removal.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/store/sqlite_event_store.h"

namespace haldane::controller {

absl::Status SqliteEventStore::KeepEnding(absl::string_view rollout, absl::string_view view) {
  ASSIGN_OR_RETURN(const Tail tail, ReadTail(rollout));
  ASSIGN_OR_RETURN(SqliteStatement insert,
                   database_->Prepare("INSERT OR REPLACE INTO endings VALUES(?, ?, ?, ?)"));
  insert.BindText(1, rollout);
  insert.BindInt(2, tail.sequence);
  insert.BindBlob(3, tail.digest);
  insert.BindBlob(4, view);
  return insert.Step().status();
}

absl::StatusOr<std::optional<EventStore::Ending>> SqliteEventStore::LoadEnding(absl::string_view rollout) {
  ASSIGN_OR_RETURN(const Tail tail, ReadTail(rollout));
  ASSIGN_OR_RETURN(
      SqliteStatement select,
      database_->Prepare("SELECT view FROM endings WHERE rollout = ? AND sequence = ? AND digest = ?"));
  select.BindText(1, rollout);
  select.BindInt(2, tail.sequence);
  select.BindBlob(3, tail.digest);
  ASSIGN_OR_RETURN(const bool kept, select.Step());
  if (!kept) return std::nullopt;
  Ending ending{.view = std::string(select.Bytes(0)), .notes = {}};
  ASSIGN_OR_RETURN(SqliteStatement notes,
                   database_->Prepare("SELECT payload FROM events WHERE rollout = ? AND kind <> 'tick' "
                                      "ORDER BY sequence"));
  notes.BindText(1, rollout);
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, notes.Step());
    if (!row) return ending;
    ending.notes.emplace_back(notes.Bytes(0));
  }
}

absl::StatusOr<EventStore::PrunedLog> SqliteEventStore::Prune(absl::string_view rollout, absl::Time now) {
  ASSIGN_OR_RETURN(const Tail tail, ReadTail(rollout));
  if (tail.sequence == 0) return absl::NotFoundError(absl::StrCat("there is no log of rollout ", rollout));
  ASSIGN_OR_RETURN(SqliteStatement newest,
                   database_->Prepare("SELECT 1 FROM events WHERE rollout = ? AND "
                                      "position = (SELECT max(position) FROM events)"));
  newest.BindText(1, rollout);
  ASSIGN_OR_RETURN(const bool has_newest, newest.Step());
  newest.Reset();
  if (has_newest) {
    return absl::FailedPreconditionError(absl::StrCat("rollout ", rollout, " has the newest event"));
  }
  RETURN_IF_ERROR(SetDurability(Durability::kFull));
  RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  absl::Status status = Remove(rollout, tail, now);
  if (status.ok()) status = database_->Execute("COMMIT");
  if (!status.ok()) {
    database_->Execute("ROLLBACK").IgnoreError();  // fails where SQLite has rolled back already
    return status;
  }
  tails_.erase(std::string(rollout));
  return PrunedLog{tail.sequence, tail.digest};
}

absl::Status SqliteEventStore::Remove(absl::string_view rollout, const Tail& tail, absl::Time now) {
  ASSIGN_OR_RETURN(SqliteStatement keep,
                   database_->Prepare("INSERT OR REPLACE INTO pruned VALUES(?, ?, ?, ?)"));
  keep.BindText(1, rollout);
  keep.BindInt(2, tail.sequence);
  keep.BindBlob(3, tail.digest);
  keep.BindInt(4, absl::ToUnixMicros(now));
  RETURN_IF_ERROR(keep.Step().status());
  for (const char* sql : {"DELETE FROM events WHERE rollout = ?", "DELETE FROM endings WHERE rollout = ?",
                          "DELETE FROM override_ends WHERE rollout = ?"}) {
    ASSIGN_OR_RETURN(SqliteStatement remove, database_->Prepare(sql));
    remove.BindText(1, rollout);
    RETURN_IF_ERROR(remove.Step().status());
  }
  return absl::OkStatus();
}

}  // namespace haldane::controller
