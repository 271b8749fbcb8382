#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace haldane::controller {

// The little of SQLite's C interface that the store needs, with statuses that
// name the file and say what to do. Not thread-safe.

// A prepared statement. Bind every parameter, Step, read columns, Reset.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  SqliteStatement(SqliteStatement&&) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) noexcept;
  ~SqliteStatement();

  // Parameters count from 1. Text and blobs must live until Reset.
  void BindInt(int parameter, int64_t value);
  void BindText(int parameter, absl::string_view value);
  void BindBlob(int parameter, absl::string_view value);
  // True with a row, false at the end.
  absl::StatusOr<bool> Step();
  void Reset();

  // Columns count from 0 and are valid until the next Step or Reset.
  int64_t Int(int column) const;
  absl::string_view Bytes(int column) const;

 private:
  friend class SqliteDatabase;
  SqliteStatement(const class SqliteDatabase* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  const SqliteDatabase* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

// An open database file.
class SqliteDatabase {
 public:
  // Opens `file`, creating it if need be.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& file);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Runs statements that return nothing of interest.
  absl::Status Execute(const char* sql);
  absl::StatusOr<SqliteStatement> Prepare(const char* sql) const;
  // The single number that `sql` returns.
  absl::StatusOr<int64_t> QueryInt(const char* sql) const;

  int64_t last_insert_rowid() const;
  const std::string& file() const { return file_; }
  // The failure of the last call, whose result code was `code`.
  absl::Status Failure(int code) const;

 private:
  SqliteDatabase(std::string file, sqlite3* database) : file_(std::move(file)), database_(database) {}

  const std::string file_;
  sqlite3* const database_;
};

}  // namespace haldane::controller
