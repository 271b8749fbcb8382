#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/sqlite.h"
#include "haldane/v1/guard_run.pb.h"

namespace haldane::controller {

// Guarded runs, in the file of SqliteEventStore but on a connection of its own.
// What was put survives a loss of power. Not thread-safe.
class GuardRunStore {
 public:
  // `file` is open as a SqliteEventStore. Failures as there.
  static absl::StatusOr<std::unique_ptr<GuardRunStore>> Open(const std::string& file);

  // One that nothing outlives.
  static std::unique_ptr<GuardRunStore> InMemory();

  // All runs without their lists, in the order in which they were put last.
  absl::StatusOr<std::vector<haldane::v1::GuardRun>> ListHeads();
  // One with all that is known of it; NOT_FOUND.
  absl::StatusOr<haldane::v1::GuardRun> Get(const std::string& run_id);
  // Adds the run, or replaces the one of its id. On failure nothing was changed.
  absl::Status Put(const haldane::v1::GuardRun& run);
  // Does nothing when there is none.
  absl::Status Remove(const std::string& run_id);

 private:
  explicit GuardRunStore(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  absl::StatusOr<haldane::v1::GuardRun> Parse(absl::string_view bytes) const;

  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace haldane::controller
