// GET /v1/events: server-sent events.
#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "controller/http/gateway.h"
#include "controller/http/problem.h"

namespace haldane::controller {
namespace {

// A stream takes a thread; the others must be enough for everything else.
constexpr int kMostStreams = HttpServer::kThreads * 3 / 4;
constexpr absl::Duration kHeartbeat = absl::Seconds(15);
constexpr uint32_t kMostResumed = 5000;

// What a watcher wants to see, and may.
struct Filter {
  std::string rollout, service;
  haldane::v1::CallerIdentity caller;

  bool Passes(absl::string_view of_rollout, absl::string_view of_service) const {
    if (!rollout.empty() && rollout != of_rollout) return false;
    if (!service.empty() && service != of_service) return false;
    return caller.services().empty() || std::find(caller.services().begin(), caller.services().end(),
                                                  of_service) != caller.services().end();
  }
};

std::string NewsText(const EventFeed::News& news, const Filter& filter) {
  std::string text;
  if (news.missed) text = "event: missed\ndata: {}\n\n";
  for (const EventFeed::Note& note : news.notes) {
    if (!filter.Passes(note.rollout, note.service)) continue;
    absl::StrAppend(&text, "id: ", note.position, "\nevent: log\ndata: ", note.json, "\n\n");
  }
  for (const auto& [name, view] : news.views) {
    if (filter.Passes(name, view.service))
      absl::StrAppend(&text, "event: rollout\ndata: ", *view.json, "\n\n");
  }
  return text.empty() ? ": nothing new\n\n" : text;
}

}  // namespace

// Events that the feed no longer has at hand, from the store.
EventFeed::News Gateway::Resume(EventFeed::Place* place) {
  EventFeed::News news;
  if (place->position >= feed_.forgotten()) return news;
  loop_->Run([&] {
    auto notes = store_->NotesAfter(place->position, kMostResumed);
    if (!notes.ok()) return;
    const int64_t until = feed_.forgotten();
    for (const AdminStore::Note& note : *notes) {
      if (note.position <= until) news.notes.push_back(feed_.ToNote(note));
    }
    // More than that is for those who ask for whole logs.
    news.missed = notes->size() == kMostResumed;
    place->position = news.missed ? notes->back().position : std::max(place->position, until);
  });
  return news;
}

HttpAnswer Gateway::StreamEvents(const HttpRequest& request, HttpStream& stream) {
  const auto caller = rpc_.Identify(request);
  if (!caller.ok()) return Problem(caller.status());
  Filter filter{.rollout = std::string(request.Query("rollout")),
                .service = std::string(request.Query("service")),
                .caller = *caller};
  EventFeed::Place place;
  place.position = feed_.position();
  bool missed = false;
  absl::string_view last = request.Header("last-event-id");
  if (last.empty()) last = request.Query("last_event_id");
  if (!last.empty()) {
    int64_t resumed = 0;
    if (!absl::SimpleAtoi(last, &resumed) || resumed < 0) {
      return Problem(400, "Bad request", "Last-Event-ID must be an id that this stream gave");
    }
    missed = place.position < resumed;  // of another database
    place.position = std::min(place.position, resumed);
  }
  if (!feed_.Enter(kMostStreams)) {
    return Problem(503, "Too many watchers",
                   absl::StrCat(kMostStreams, " event streams are open, which is the limit"));
  }
  stream.Begin("text/event-stream", {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}});
  bool open = stream.Write(missed ? "retry: 2000\nevent: missed\ndata: {}\n\n" : "retry: 2000\n\n");
  if (open && !last.empty()) open = stream.Write(NewsText(Resume(&place), filter));
  while (open) {
    const EventFeed::News news = feed_.Next(&place, kHeartbeat);
    open = stream.Write(NewsText(news, filter)) && !news.ended;
  }
  feed_.Leave();
  return std::nullopt;
}

}  // namespace haldane::controller
