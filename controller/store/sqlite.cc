#include "controller/store/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace haldane::controller {
namespace {

// How long a writer waits for somebody else's lock. Short, because the whole
// controller waits with it; what failed is tried again a second later.
constexpr int kBusyTimeoutMs = 200;

absl::Status NoSpace(const std::string& file) {
  return absl::ResourceExhaustedError(
      absl::StrCat(file, ": the disk is full; free some space, nothing needs to be restarted"));
}

absl::Status CannotOpen(const std::string& file, int system_errno) {
  const bool told = system_errno != 0;
  return absl::PermissionDeniedError(
      absl::StrCat(file, ": cannot be opened for writing",
                   told ? absl::StrCat(" (", std::strerror(system_errno), ")") : "",
                   "; its directory must exist, and the directory and the file be writable by this user"));
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept { *this = std::move(other); }

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

// A failed bind leaves the parameter NULL, which the schema refuses, so that
// Step reports it.
void SqliteStatement::BindInt(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
}

void SqliteStatement::BindText(int parameter, absl::string_view value) {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void SqliteStatement::BindBlob(int parameter, absl::string_view value) {
  // A null pointer would bind NULL instead of an empty blob.
  sqlite3_bind_blob64(statement_, parameter, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC);
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->Failure(code);
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int64_t SqliteStatement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

absl::string_view SqliteStatement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return "";
  return {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& file) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (handle == nullptr) return absl::ResourceExhaustedError(absl::StrCat(file, ": out of memory"));
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(file, handle));
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return database->Failure(code);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(database_); }

absl::Status SqliteDatabase::Execute(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code);
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return SqliteStatement(this, statement);
}

absl::StatusOr<int64_t> SqliteDatabase::QueryInt(const char* sql) const {
  ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

int64_t SqliteDatabase::last_insert_rowid() const { return sqlite3_last_insert_rowid(database_); }

absl::Status SqliteDatabase::Failure(int code) const {
  const int system_errno = sqlite3_system_errno(database_);
  const std::string words = sqlite3_errmsg(database_);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return NoSpace(file_);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(
          file_, ": locked by another process; end its transaction (a database shell, a backup tool?)"));
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat(file_, ": is not a database; name another file"));
    case SQLITE_CORRUPT:
      return absl::DataLossError(
          absl::StrCat(file_, ": is damaged (", words, "); restore it from a backup or move it away"));
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return CannotOpen(file_, system_errno);
    case SQLITE_IOERR:
      if (system_errno == ENOSPC || system_errno == EDQUOT) return NoSpace(file_);
      return absl::UnavailableError(absl::StrCat(
          file_, ": cannot be read or written (", words, system_errno ? ": " : "",
          system_errno ? std::strerror(system_errno) : "", "); look at the disk and the kernel's log"));
    default:
      return absl::InternalError(absl::StrCat(file_, ": ", words));
  }
}

}  // namespace haldane::controller
