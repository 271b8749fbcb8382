#include "controller/guard/guard_run_store.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/rollout/guard_ledger.h"

namespace haldane::controller {
namespace {

constexpr char kSetUpGuardRuns[] = R"sql(
  PRAGMA synchronous=FULL;
  PRAGMA trusted_schema=OFF;
  CREATE TABLE IF NOT EXISTS guard_runs(
    position INTEGER PRIMARY KEY,  -- grows with every report
    run_id TEXT NOT NULL UNIQUE,
    head BLOB NOT NULL,            -- haldane.v1.GuardRun without its lists
    run BLOB NOT NULL              -- haldane.v1.GuardRun
  ) STRICT;
)sql";

}  // namespace

absl::StatusOr<std::unique_ptr<GuardRunStore>> GuardRunStore::Open(const std::string& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  RETURN_IF_ERROR(database->Execute(kSetUpGuardRuns));
  return std::unique_ptr<GuardRunStore>(new GuardRunStore(std::move(database)));
}

// Fails only where there is no memory left for anything.
std::unique_ptr<GuardRunStore> GuardRunStore::InMemory() { return Open(":memory:").value(); }

absl::StatusOr<haldane::v1::GuardRun> GuardRunStore::Parse(absl::string_view bytes) const {
  haldane::v1::GuardRun run;
  if (run.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return run;
  return absl::DataLossError(
      absl::StrCat(database_->file(),
                   ": a guarded run cannot be read back: the file was changed or damaged; restore it from a "
                   "backup, or delete the rows of its table guard_runs"));
}

absl::StatusOr<std::vector<haldane::v1::GuardRun>> GuardRunStore::ListHeads() {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT head FROM guard_runs ORDER BY position"));
  std::vector<haldane::v1::GuardRun> heads;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return heads;
    ASSIGN_OR_RETURN(haldane::v1::GuardRun head, Parse(select.Bytes(0)));
    heads.push_back(std::move(head));
  }
}

absl::StatusOr<haldane::v1::GuardRun> GuardRunStore::Get(const std::string& run_id) {
  ASSIGN_OR_RETURN(SqliteStatement select, database_->Prepare("SELECT run FROM guard_runs WHERE run_id = ?"));
  select.BindText(1, run_id);
  ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return absl::NotFoundError("no guarded run of that id is stored");
  return Parse(select.Bytes(0));
}

absl::Status GuardRunStore::Put(const haldane::v1::GuardRun& run) {
  haldane::v1::GuardRun head = GuardLedger::Head(run);
  *head.mutable_received_at() = run.received_at();
  const std::string head_bytes = head.SerializeAsString();
  const std::string bytes = run.SerializeAsString();
  ASSIGN_OR_RETURN(
      SqliteStatement insert,
      database_->Prepare("INSERT OR REPLACE INTO guard_runs(position, run_id, head, run) "
                         "VALUES((SELECT coalesce(max(position), 0) + 1 FROM guard_runs), ?, ?, ?)"));
  insert.BindText(1, run.run_id());
  insert.BindBlob(2, head_bytes);
  insert.BindBlob(3, bytes);
  return insert.Step().status();
}

absl::Status GuardRunStore::Remove(const std::string& run_id) {
  ASSIGN_OR_RETURN(SqliteStatement remove, database_->Prepare("DELETE FROM guard_runs WHERE run_id = ?"));
  remove.BindText(1, run_id);
  return remove.Step().status();
}

}  // namespace haldane::controller
