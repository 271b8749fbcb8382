#include "controller/history/sqlite_profile_store.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/history/profile_windows.h"

namespace haldane::controller {
namespace {

// What a crash of the machine may take is ten minutes of learning: not worth a
// wait for the disk.
constexpr char kSetUp[] = R"sql(
  PRAGMA synchronous=NORMAL;
  PRAGMA trusted_schema=OFF;
  CREATE TABLE IF NOT EXISTS profiles(
    service TEXT PRIMARY KEY,
    summary BLOB NOT NULL,  -- haldane.v1.Profile without windows
    profile BLOB NOT NULL   -- haldane.v1.Profile
  ) STRICT;
)sql";

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteProfileStore>> SqliteProfileStore::Open(const std::string& file) {
  ASSIGN_OR_RETURN(auto database, SqliteDatabase::Open(file));
  RETURN_IF_ERROR(database->Execute(kSetUp));
  return std::unique_ptr<SqliteProfileStore>(new SqliteProfileStore(std::move(database)));
}

absl::StatusOr<haldane::v1::Profile> SqliteProfileStore::Parse(absl::string_view bytes) const {
  haldane::v1::Profile profile;
  if (profile.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return profile;
  return absl::DataLossError(
      absl::StrCat(database_->file(),
                   ": a profile cannot be read back: the file was changed or damaged; restore it from a "
                   "backup, or delete the rows of its table profiles"));
}

absl::StatusOr<std::vector<haldane::v1::Profile>> SqliteProfileStore::List() {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT summary FROM profiles ORDER BY service"));
  std::vector<haldane::v1::Profile> profiles;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return profiles;
    ASSIGN_OR_RETURN(haldane::v1::Profile profile, Parse(select.Bytes(0)));
    profiles.push_back(std::move(profile));
  }
}

absl::StatusOr<haldane::v1::Profile> SqliteProfileStore::Get(const std::string& service) {
  ASSIGN_OR_RETURN(SqliteStatement select,
                   database_->Prepare("SELECT profile FROM profiles WHERE service = ?"));
  select.BindText(1, service);
  ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return absl::NotFoundError(absl::StrCat("no profile of ", service, " is stored"));
  return Parse(select.Bytes(0));
}

absl::Status SqliteProfileStore::Put(const haldane::v1::Profile& profile) {
  const std::string summary = WithoutWindows(profile).SerializeAsString();
  const std::string bytes = profile.SerializeAsString();
  ASSIGN_OR_RETURN(SqliteStatement insert,
                   database_->Prepare("INSERT OR REPLACE INTO profiles(service, summary, profile) "
                                      "VALUES(?, ?, ?)"));
  insert.BindText(1, profile.service());
  insert.BindBlob(2, summary);
  insert.BindBlob(3, bytes);
  return insert.Step().status();
}

}  // namespace haldane::controller
