#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "controller/store/event_store.h"
#include "controller/store/sqlite.h"

namespace haldane::controller {

// An event store in one SQLite file. While it is open, FILE.lock is locked, so
// that a second controller is refused; other programs may read the file.
class SqliteEventStore : public EventStore {
 public:
  // Opens or creates `file` and brings an older schema up to date. Failures
  // name the file and say what to do: UNAVAILABLE when another process has it,
  // PERMISSION_DENIED when it cannot be written, DATA_LOSS when it is damaged
  // or no database, FAILED_PRECONDITION when it belongs to another program or
  // was written by a newer version.
  static absl::StatusOr<std::unique_ptr<SqliteEventStore>> Open(const std::string& file);

  absl::StatusOr<int64_t> Append(const NewEvent& event) override;
  absl::Status Load(absl::string_view rollout,
                    absl::FunctionRef<absl::Status(absl::string_view payload)> consume) override;
  absl::StatusOr<std::vector<std::string>> ListRollouts() override;
  absl::Status KeepEnding(absl::string_view rollout, absl::string_view view) override;
  absl::StatusOr<std::optional<Ending>> LoadEnding(absl::string_view rollout) override;
  absl::StatusOr<PrunedLog> Prune(absl::string_view rollout, absl::Time now) override;

 private:
  // Last event of a log.
  struct Tail {
    int64_t sequence = 0;
    std::string digest;
  };
  SqliteEventStore(UniqueFd lock, std::unique_ptr<SqliteDatabase> database)
      : lock_(std::move(lock)), database_(std::move(database)) {}

  absl::Status PrepareStatements();
  absl::Status SetDurability(Durability durability);
  absl::StatusOr<Tail> ReadTail(absl::string_view rollout);
  absl::Status Remove(absl::string_view rollout, const Tail& tail, absl::Time now);
  absl::StatusOr<bool> Insert(const NewEvent& event, const Tail& tail);

  // Order matters: statements go before the database, the database before the lock.
  UniqueFd lock_;
  std::unique_ptr<SqliteDatabase> database_;
  SqliteStatement insert_;
  SqliteStatement last_;
  Durability durability_ = Durability::kFull;
  std::map<std::string, Tail> tails_;
};

}  // namespace haldane::controller
