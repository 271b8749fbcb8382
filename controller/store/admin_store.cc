#include "controller/store/admin_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/rollout/rollout.h"
#include "controller/store/sqlite_schema.h"
#include "google/protobuf/util/time_util.h"

namespace haldane::controller {
namespace {

constexpr size_t kPageBytes = 2 << 20;

absl::Status Undecodable(const std::string& file, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat(file, ": ", what, " does not parse: the file is damaged; restore it"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminStore>> AdminStore::Open(const std::string& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  RETURN_IF_ERROR(MigrateSchema(*database));
  RETURN_IF_ERROR(database->Execute("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF"));
  return std::unique_ptr<AdminStore>(new AdminStore(std::move(database)));
}

absl::Status AdminStore::Run(SqliteStatement& statement) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<AdminStore::StoredToken>> AdminStore::LoadTokens() {
  ASSIGN_OR_RETURN(SqliteStatement select, database_->Prepare("SELECT hash, token FROM tokens"));
  std::vector<StoredToken> tokens;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return tokens;
    StoredToken token{.hash = std::string(select.Bytes(0)), .token = {}};
    if (!token.token.ParseFromString(std::string(select.Bytes(1)))) {
      return Undecodable(database_->file(), "a token");
    }
    tokens.push_back(std::move(token));
  }
}

absl::Status AdminStore::SaveToken(const StoredToken& token) {
  ASSIGN_OR_RETURN(SqliteStatement insert,
                   database_->Prepare("INSERT OR REPLACE INTO tokens(id, hash, token) VALUES(?, ?, ?)"));
  const std::string bytes = token.token.SerializeAsString();
  insert.BindText(1, token.token.id());
  insert.BindBlob(2, token.hash);
  insert.BindBlob(3, bytes);
  return Run(insert);
}

absl::Status AdminStore::AppendAudit(haldane::v1::AuditRecord record) {
  record.clear_position();
  record.clear_digest();
  const std::string bytes = record.SerializeAsString();
  std::string previous;
  {
    ASSIGN_OR_RETURN(SqliteStatement last,
                     database_->Prepare("SELECT digest FROM audit ORDER BY position DESC LIMIT 1"));
    ASSIGN_OR_RETURN(const bool row, last.Step());
    if (row) previous = std::string(last.Bytes(0));
  }
  const std::string digest = ChainDigest(previous, bytes);
  ASSIGN_OR_RETURN(SqliteStatement insert,
                   database_->Prepare("INSERT INTO audit(time, record, digest) VALUES(?, ?, ?)"));
  insert.BindInt(1, google::protobuf::util::TimeUtil::TimestampToMicroseconds(record.time()));
  insert.BindBlob(2, bytes);
  insert.BindBlob(3, digest);
  return Run(insert);
}

absl::StatusOr<std::vector<haldane::v1::AuditRecord>> AdminStore::ListAudit(uint32_t limit) {
  ASSIGN_OR_RETURN(
      SqliteStatement select,
      database_->Prepare("SELECT position, record, digest FROM audit ORDER BY position DESC LIMIT ?"));
  select.BindInt(1, limit);
  std::vector<haldane::v1::AuditRecord> records;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return records;
    haldane::v1::AuditRecord record;
    if (!record.ParseFromString(std::string(select.Bytes(1)))) {
      return Undecodable(database_->file(), "an audit record");
    }
    record.set_position(static_cast<uint64_t>(select.Int(0)));
    record.set_digest(std::string(select.Bytes(2)));
    records.push_back(std::move(record));
  }
}

absl::Status AdminStore::VerifyAudit() {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT position, record, digest FROM audit ORDER BY position"));
  std::string digest;
  bool first = true;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    const std::string expected = ChainDigest(digest, select.Bytes(1));
    digest = std::string(select.Bytes(2));
    // What the first record follows may have been forgotten in time.
    if (!std::exchange(first, false) && expected != digest) {
      return absl::DataLossError(absl::StrCat(database_->file(), ": audit record ", select.Int(0),
                                              " does not match its digest: it was changed or damaged"));
    }
  }
}

absl::StatusOr<std::vector<AdminStore::Note>> AdminStore::NotesAfter(int64_t position, uint32_t limit) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT position, rollout, kind, payload, digest FROM events "
                                      "WHERE position > ? AND kind <> 'tick' ORDER BY position LIMIT ?"));
  select.BindInt(1, position);
  select.BindInt(2, limit);
  return ReadNotes(select);
}

absl::StatusOr<std::vector<AdminStore::Note>> AdminStore::NotesOf(absl::string_view rollout) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT position, rollout, kind, payload, digest FROM events "
                                      "WHERE rollout = ? AND kind <> 'tick' ORDER BY sequence"));
  select.BindText(1, rollout);
  return ReadNotes(select);
}

absl::StatusOr<std::vector<AdminStore::Note>> AdminStore::ReadNotes(SqliteStatement& select) {
  std::vector<Note> notes;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return notes;
    notes.push_back({.position = select.Int(0),
                     .rollout = std::string(select.Bytes(1)),
                     .kind = std::string(select.Bytes(2)),
                     .payload = std::string(select.Bytes(3)),
                     .digest = std::string(select.Bytes(4))});
  }
}

absl::StatusOr<int64_t> AdminStore::LastPosition() {
  return database_->QueryInt("SELECT coalesce(max(position), 0) FROM events");
}

absl::StatusOr<haldane::v1::ReadLogResponse> AdminStore::ReadLog(const haldane::v1::ReadLogRequest& request) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT sequence, position, payload, digest FROM events "
                                      "WHERE rollout = ? AND sequence > ? ORDER BY sequence"));
  select.BindText(1, request.rollout());
  select.BindInt(2, static_cast<int64_t>(request.after()));
  haldane::v1::ReadLogResponse response;
  size_t bytes = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    bytes += select.Bytes(2).size() + 64;
    if (bytes > kPageBytes && response.events_size() > 0) {
      response.set_more(true);
      break;
    }
    haldane::v1::LoggedEvent* event = response.add_events();
    event->set_sequence(static_cast<uint64_t>(select.Int(0)));
    event->set_position(static_cast<uint64_t>(select.Int(1)));
    event->set_payload(std::string(select.Bytes(2)));
    event->set_digest(std::string(select.Bytes(3)));
  }
  if (response.events().empty() && request.after() == 0) {
    return absl::NotFoundError(absl::StrCat("there is no log of a rollout ", request.rollout()));
  }
  return response;
}

absl::StatusOr<haldane::v1::ListLogsResponse> AdminStore::ListLogs() {
  ASSIGN_OR_RETURN(
      SqliteStatement select,
      database_->Prepare("SELECT name, sequence, digest FROM log_names JOIN events ON rollout = name "
                         "AND sequence = (SELECT max(sequence) FROM events WHERE rollout = name) "
                         "ORDER BY (SELECT position FROM events WHERE rollout = name "
                         "ORDER BY sequence LIMIT 1)"));
  haldane::v1::ListLogsResponse response;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    haldane::v1::LogHead* log = response.add_logs();
    log->set_rollout(std::string(select.Bytes(0)));
    log->set_events(static_cast<uint64_t>(select.Int(1)));
    log->set_digest(std::string(select.Bytes(2)));
  }
  ASSIGN_OR_RETURN(SqliteStatement pruned,
                   database_->Prepare("SELECT rollout, events, digest, time FROM pruned "
                                      "ORDER BY time, rollout"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, pruned.Step());
    if (!row) return response;
    haldane::v1::LogHead* log = response.add_pruned();
    log->set_rollout(std::string(pruned.Bytes(0)));
    log->set_events(static_cast<uint64_t>(pruned.Int(1)));
    log->set_digest(std::string(pruned.Bytes(2)));
    *log->mutable_pruned_at() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(pruned.Int(3));
  }
}

}  // namespace haldane::controller
