#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/history/profile_store.h"
#include "controller/store/sqlite.h"

namespace haldane::controller {

// Profiles in a table of the event store's file. REQUIRES: the file is open as
// a SqliteEventStore, which keeps other controllers and programs' files away.
class SqliteProfileStore final : public ProfileStore {
 public:
  // Adds the table if it is not there. Fails as SqliteEventStore::Open.
  static absl::StatusOr<std::unique_ptr<SqliteProfileStore>> Open(const std::string& file);

  absl::StatusOr<std::vector<haldane::v1::Profile>> List() override;
  absl::StatusOr<haldane::v1::Profile> Get(const std::string& service) override;
  absl::Status Put(const haldane::v1::Profile& profile) override;

 private:
  explicit SqliteProfileStore(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  absl::StatusOr<haldane::v1::Profile> Parse(absl::string_view bytes) const;

  const std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace haldane::controller
