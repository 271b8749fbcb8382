#include "guard/record/sinks.h"

#include "absl/strings/str_cat.h"
#include "guard/record/event_text.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostAnnounced = 1000;

}  // namespace

void OneLineLog::Take(const Event& event) {
  if (event.action != Action::kAllowed || event.warned) write_(OneLine(event, method_));
}

void ConsoleAnnouncer::Take(const Event& event) {
  if (event.action == Action::kAllowed || announced_.size() > kMostAnnounced) return;
  // The same name from two lines of the script is two things to mend.
  const std::string what =
      absl::StrCat(SubjectOf(event), "\n", event.reason, "\n", ScriptPlace(event.process.script));
  if (!announced_.insert(what).second) return;
  write_(announced_.size() > kMostAnnounced ? "haldane: more is blocked; the record has all of it"
                                            : ConsoleLine(event));
}

}  // namespace haldane::guard
