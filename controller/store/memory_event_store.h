#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/store/event_store.h"

namespace haldane::controller {

// An event store for tests: nothing outlives it, and it can be told to fail.
class MemoryEventStore : public EventStore {
 public:
  absl::StatusOr<int64_t> Append(const NewEvent& event) override;
  absl::Status Load(absl::string_view rollout,
                    absl::FunctionRef<absl::Status(absl::string_view payload)> consume) override;
  absl::StatusOr<std::vector<std::string>> ListRollouts() override;
  absl::Status KeepEnding(absl::string_view rollout, absl::string_view view) override;
  absl::StatusOr<std::optional<Ending>> LoadEnding(absl::string_view rollout) override;
  absl::StatusOr<PrunedLog> Prune(absl::string_view rollout, absl::Time now) override;

  // Every Append of an event of this kind (of any kind when empty) fails with
  // `failure` until it is Ok again.
  void FailAppends(absl::Status failure, absl::string_view kind = "");
  // Flips a bit of a stored payload; `index` counts from 0.
  void Damage(const std::string& rollout, size_t index);

 private:
  struct Event {
    std::string payload, digest;
    int64_t position = 0;
    bool tick = false;
  };
  struct KeptEnding {
    std::string view, digest;
  };
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Event>> logs_;
  std::map<std::string, KeptEnding> endings_;
  int64_t position_ = 0;
  absl::Status failure_;
  std::string failing_kind_;
};

}  // namespace haldane::controller
