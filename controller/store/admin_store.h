#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/store/sqlite.h"
#include "haldane/v1/audit.pb.h"
#include "haldane/v1/token.pb.h"

namespace haldane::controller {

// What the controller keeps besides rollouts, in the same file as
// SqliteEventStore but on a connection of its own: tokens and audit records;
// and the logs page by page, for those who audit or watch them. Every change
// survives a loss of power. Not thread-safe.
class AdminStore {
 public:
  // `file` must be open as a SqliteEventStore, which made its schema; or be
  // ":memory:". Failures as there.
  static absl::StatusOr<std::unique_ptr<AdminStore>> Open(const std::string& file);

  struct StoredToken {
    std::string hash;  // SHA-256 of the secret, raw
    haldane::v1::Token token;
  };
  absl::StatusOr<std::vector<StoredToken>> LoadTokens();
  // Adds a token, or replaces the one of the same id.
  absl::Status SaveToken(const StoredToken& token);

  // Appends to the chain of audit records; position and digest are filled in.
  absl::Status AppendAudit(haldane::v1::AuditRecord record);
  // The newest first.
  absl::StatusOr<std::vector<haldane::v1::AuditRecord>> ListAudit(uint32_t limit);
  // DATA_LOSS, naming the record, where the chain does not hold.
  absl::Status VerifyAudit();

  // One event that is no tick.
  struct Note {
    int64_t position = 0;
    std::string rollout;
    std::string kind;
    std::string payload;
    std::string digest;
  };
  // Those after `position`, in order, at most `limit`.
  absl::StatusOr<std::vector<Note>> NotesAfter(int64_t position, uint32_t limit);
  // Those of one rollout, in order.
  absl::StatusOr<std::vector<Note>> NotesOf(absl::string_view rollout);
  // Position of the latest event of any kind; 0 for none.
  absl::StatusOr<int64_t> LastPosition();

  // As the service Audit has them.
  absl::StatusOr<haldane::v1::ReadLogResponse> ReadLog(const haldane::v1::ReadLogRequest& request);
  absl::StatusOr<haldane::v1::ListLogsResponse> ListLogs();

 private:
  explicit AdminStore(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  static absl::StatusOr<std::vector<Note>> ReadNotes(SqliteStatement& select);
  // Runs a statement without rows.
  absl::Status Run(SqliteStatement& statement);

  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace haldane::controller
