#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "guard/record/event.h"

namespace haldane::guard {

// Where a line of text goes; it comes without its end.
using WriteLine = std::function<void(const std::string& line)>;

// Gives every event to all of them, in their order. They outlive it.
class EventFanout final : public EventSink {
 public:
  explicit EventFanout(std::vector<EventSink*> sinks) : sinks_(std::move(sinks)) {}
  void Take(const Event& event) override {
    for (EventSink* sink : sinks_) sink->Take(event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

// The one-line form of everything that was blocked, would have been, or is
// worth a look.
class OneLineLog final : public EventSink {
 public:
  OneLineLog(absl::string_view method, WriteLine write) : method_(method), write_(std::move(write)) {}
  void Take(const Event& event) override;

 private:
  std::string method_;
  WriteLine write_;
};

// For whoever watches the script run: one line per distinct block, since tools
// themselves say no more than "could not resolve host". Past a thousand it says
// so once and is silent.
class ConsoleAnnouncer final : public EventSink {
 public:
  explicit ConsoleAnnouncer(WriteLine write) : write_(std::move(write)) {}
  void Take(const Event& event) override;

 private:
  WriteLine write_;
  std::set<std::string> announced_;
};

}  // namespace haldane::guard
