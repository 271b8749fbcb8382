#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "controller/controller.h"
#include "controller/store/admin_store.h"

namespace haldane::controller {

// What happens, for those who watch: every event of every log but ticks, and
// rollouts as they change. Fed once a second on the controller's loop, read by a
// thread for each watcher. Nobody can slow the loop down: who reads too slowly
// misses views, and is told when it misses events.
class EventFeed {
 public:
  // One event of a log.
  struct Note {
    int64_t position = 0;
    std::string rollout, service, json;
  };
  // One rollout as it stands.
  struct View {
    uint64_t version = 0;
    std::string service;
    std::shared_ptr<const std::string> json;
  };
  // Where a watcher is.
  struct Place {
    int64_t position = 0;                      // of the last event that it has seen
    std::map<std::string, uint64_t> versions;  // of rollouts that it has seen
    uint64_t generation = 0;
  };
  // What is new for it.
  struct News {
    std::vector<Note> notes;
    std::vector<std::pair<std::string, View>> views;
    bool missed = false;  // events before the first note are no longer at hand
    bool ended = false;
  };

  // `store` outlives it; nullptr for no notes.
  explicit EventFeed(AdminStore* store) : store_(store) {}

  // On the loop, once a second.
  void Tick(const Controller& controller) ABSL_LOCKS_EXCLUDED(mutex_);
  // Any thread: waits for news at most `patience`. `place` moves on.
  News Next(Place* place, absl::Duration patience) ABSL_LOCKS_EXCLUDED(mutex_);
  // On the loop: an event of the log as watchers see it.
  Note ToNote(const AdminStore::Note& note) const;
  // Position up to which events are no longer at hand.
  int64_t forgotten() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Position of the latest event.
  int64_t position() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends every wait, and all to come.
  void End() ABSL_LOCKS_EXCLUDED(mutex_);
  // Watchers, at most `limit`; false when there are as many.
  bool Enter(int limit) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave() ABSL_LOCKS_EXCLUDED(mutex_);
  int watchers() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  AdminStore* const store_;
  std::map<std::string, uint64_t> seen_;         // of the loop: versions that were published
  std::map<std::string, std::string> services_;  // of the loop
  bool begun_ = false;                           // of the loop

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::deque<Note> notes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, View> views_ ABSL_GUARDED_BY(mutex_);
  int64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;  // position up to which notes are gone
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  int watchers_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace haldane::controller
