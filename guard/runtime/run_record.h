#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/record/event.h"
#include "guard/record/recorder.h"
#include "guard/record/sinks.h"
#include "guard/report/summary_builder.h"
#include "guard/runtime/channel.h"
#include "guard/runtime/run.h"
#include "guard/runtime/run_uplink.h"

namespace haldane::guard {

// Everything that is written about a run, in its folder: the record (.jsonl), its
// one-line form (.log), and at the end the summary (.json) and the report (.md);
// a line on the console per distinct block. Belongs to one event loop.
class RunRecord final : public EventSink {
 public:
  // `restarts`: how many proxies there were before this one; their record is
  // gone on with. What the last of them had read and not written is lost, and
  // said to be.
  // `later` runs what it is given some milliseconds from now.
  using Later = std::function<void(std::function<void()>)>;
  static absl::StatusOr<std::unique_ptr<RunRecord>> Open(const Run& run, uint32_t restarts, Later later);

  // Written a moment later: whoever waits for an answer does not wait for a disk.
  void Take(const Event& event) override;
  // A process that is still there when the script is not.
  void NoteStray(const ProcessIdentity& process);
  // Something about the guard itself.
  void NoteGuard(absl::string_view reason, absl::string_view detail);
  // Totals by site; what was said before is not counted again.
  void CountLost(const std::map<std::string, uint64_t>& totals);
  // Tells the controller, if there is one, what is new; to be called often.
  void TellController();
  // Records limits that were hit, writes summary and report, and says how it went.
  FromProxy Finish(const Ending& ending);

 private:
  RunRecord(const Run& run, Later later);
  void WritePending();
  void NoteLimits(const Ending& ending);
  SummaryBuilder::Inputs InputsFor(RunFacts facts) const;
  RunFacts FactsOf(const Ending& ending) const;
  // False when a file could not be written, which is said on the console.
  bool Publish(const Summary& summary) const;

  const Run& run_;
  const Later later_;
  std::vector<Event> pending_;
  std::unique_ptr<Recorder> recorder_;
  SummaryBuilder summary_;
  ConsoleAnnouncer console_;
  std::ofstream lines_;  // of one_line_
  OneLineLog one_line_;
  std::unique_ptr<RunUplink> uplink_;  // none without a controller
  std::map<std::string, uint64_t> lost_;
};

// The path of a run's file with this ending: ".jsonl".
std::string RunFile(const RunOptions& options, absl::string_view ending);

}  // namespace haldane::guard
