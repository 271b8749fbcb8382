#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/record/event.h"
#include "guard/record/sinks.h"
#include "guard/report/summary.h"
#include "guard/runtime/run.h"
#include "guard/uplink/run_message.h"
#include "guard/uplink/spool.h"
#include "haldane/v1/guard_run.pb.h"

// How the controller hears of a run: the proxy puts reports into the spool, and
// a process of its own sends them, so that neither the script nor the proxy
// ever waits for a network.
namespace haldane::guard {

// The reports of one run. Belongs to one event loop.
class RunUplink final : public EventSink {
 public:
  RunUplink(const Run& run, uint32_t restarts);

  void Take(const Event& event) override;
  // True when there is something new to tell, and the last time was not just now.
  bool IsDue() const;
  // What cannot be put into the spool is told with the next report; of the last
  // one it is said on the console.
  void Tell(const Summary& summary, haldane::v1::GuardRunState state);

 private:
  const Run& run_;
  const Spool spool_;
  OneLineLog lines_;
  haldane::v1::GuardRun so_far_;  // its events, and what is beyond their bound
  uint64_t revision_ = 0;
  bool news_ = true;
  absl::Time next_ = absl::InfinitePast();
};

// With a controller: puts it into the spool that the guard could not be set up.
void TellOfFailure(const Run& run, absl::string_view failure);

// Holds the run alive and starts the process that sends, which is nobody's
// child and ends by itself soon after the run has. A failure is said on the
// console: the reports then go with a later run.
void StartSending(Run* run);
// After the end: waits a moment for the last report to arrive, and says so.
void SayHowSendingWent(Run* run);

}  // namespace haldane::guard
