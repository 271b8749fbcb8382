#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "controller/store/sqlite.h"

namespace haldane::controller {

// What is to be told to receivers and has not been yet, in the same file as the
// log that it is made from, on a connection of its own. Every change survives a
// loss of power. Not thread-safe.
class Outbox {
 public:
  // As AdminStore::Open.
  static absl::StatusOr<std::unique_ptr<Outbox>> Open(const std::string& file);

  // One message to one receiver.
  struct Message {
    int64_t id = 0;
    std::string webhook, key, body;
    absl::Time made;
    int attempts = 0;  // that failed
  };
  // An override whose end is to be told.
  struct OverrideEnd {
    std::string rollout;
    uint64_t override = 0;
    absl::Time time;
  };
  // What events up to `position` have made.
  struct Progress {
    int64_t position = 0;
    std::vector<Message> messages;    // id, attempts of no meaning
    std::vector<OverrideEnd> begun;   // to be looked at again then
    std::vector<OverrideEnd> looked;  // forgotten now
  };

  // Position of the last event that was turned into messages; nothing when
  // there never was one.
  absl::StatusOr<std::optional<int64_t>> Position();
  // All of it or nothing. A message of the same webhook and key stays as it is.
  absl::Status Advance(const Progress& progress);
  // Those whose time has come.
  absl::StatusOr<std::vector<OverrideEnd>> EndedBy(absl::Time now);

  // The message to `webhook` that is due the longest.
  absl::StatusOr<std::optional<Message>> Due(absl::string_view webhook, absl::Time now);
  absl::Status Postpone(int64_t id, absl::Time until);  // one more attempt failed
  absl::Status Remove(int64_t id);
  // Removes messages to all others; how many there were.
  absl::StatusOr<int64_t> KeepOnly(const std::set<std::string>& webhooks);
  absl::StatusOr<int64_t> Waiting();

 private:
  explicit Outbox(std::unique_ptr<SqliteDatabase> database) : database_(std::move(database)) {}
  absl::Status Write(const Progress& progress);

  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace haldane::controller
