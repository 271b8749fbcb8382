#include "controller/http/event_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "controller/http/rpc_gateway.h"
#include "haldane/v1/event.pb.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostNotes = 5000;
constexpr size_t kMostViews = 1000;
constexpr uint32_t kNotesPerTick = 1000;

// Like the log's event, with its place.
std::string NoteJson(const AdminStore::Note& note) {
  haldane::v1::RolloutEvent event;
  if (!event.ParseFromString(note.payload)) return "";
  return absl::StrCat("{\"position\":", note.position, ",\"rollout\":", JsonQuote(note.rollout),
                      ",\"kind\":", JsonQuote(note.kind), ",\"event\":", ToJson(event), "}");
}

}  // namespace

void EventFeed::Tick(const Controller& controller) {
  std::vector<std::pair<std::string, View>> views;
  std::map<std::string, uint64_t> versions;
  controller.VisitChanged(
      seen_, /*skip_ended=*/!begun_, [&](const haldane::v1::Rollout& rollout, uint64_t version) {
        services_[rollout.name()] = rollout.plan().service();
        views.emplace_back(rollout.name(),
                           View{.version = version,
                                .service = rollout.plan().service(),
                                .json = std::make_shared<const std::string>(ToJson(rollout))});
      });
  std::vector<AdminStore::Note> stored;
  int64_t from = 0;
  {
    absl::MutexLock lock(&mutex_);
    from = position_;
  }
  if (store_ != nullptr && !begun_) {
    from = store_->LastPosition().value_or(0);
    absl::MutexLock lock(&mutex_);
    position_ = forgotten_ = from;
  } else if (store_ != nullptr) {
    auto read = store_->NotesAfter(from, kNotesPerTick);
    if (read.ok()) stored = *std::move(read);
  }
  begun_ = true;
  if (views.empty() && stored.empty()) return;

  absl::MutexLock lock(&mutex_);
  for (auto& [name, view] : views) views_[name] = std::move(view);
  while (views_.size() > kMostViews) views_.erase(views_.begin());
  for (const AdminStore::Note& note : stored) {
    notes_.push_back(ToNote(note));
    position_ = note.position;
  }
  while (notes_.size() > kMostNotes) {
    forgotten_ = notes_.front().position;
    notes_.pop_front();
  }
  ++generation_;
  changed_.SignalAll();
}

EventFeed::News EventFeed::Next(Place* place, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  absl::MutexLock lock(&mutex_);
  while (!ended_ && generation_ == place->generation) {
    if (changed_.WaitWithDeadline(&mutex_, deadline)) break;
  }
  News news{.notes = {}, .views = {}, .missed = false, .ended = ended_};
  if (generation_ == place->generation) return news;
  place->generation = generation_;
  news.missed = place->position < forgotten_;
  for (const Note& note : notes_) {
    if (note.position > place->position) news.notes.push_back(note);
  }
  place->position = std::max(place->position, position_);
  for (const auto& [name, view] : views_) {
    uint64_t& version = place->versions[name];
    if (version == view.version) continue;
    version = view.version;
    news.views.emplace_back(name, view);
  }
  return news;
}

EventFeed::Note EventFeed::ToNote(const AdminStore::Note& note) const {
  const auto service = services_.find(note.rollout);
  return {.position = note.position,
          .rollout = note.rollout,
          .service = service == services_.end() ? "" : service->second,
          .json = NoteJson(note)};
}

int64_t EventFeed::forgotten() const {
  absl::MutexLock lock(&mutex_);
  return forgotten_;
}

int64_t EventFeed::position() const {
  absl::MutexLock lock(&mutex_);
  return position_;
}

void EventFeed::End() {
  absl::MutexLock lock(&mutex_);
  ended_ = true;
  changed_.SignalAll();
}

bool EventFeed::Enter(int limit) {
  absl::MutexLock lock(&mutex_);
  if (ended_ || watchers_ >= limit) return false;
  ++watchers_;
  return true;
}

void EventFeed::Leave() {
  absl::MutexLock lock(&mutex_);
  --watchers_;
}

int EventFeed::watchers() const {
  absl::MutexLock lock(&mutex_);
  return watchers_;
}

}  // namespace haldane::controller
