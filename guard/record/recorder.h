#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "guard/record/event.h"
#include "guard/record/json_line.h"

namespace haldane::guard {

// What every line of a run's record says.
struct RunInfo {
  std::string run_id;
  std::string host;
  std::string deploy_id;  // may be empty
  std::string step;       // may be empty
  std::string policy;     // its name
  std::string method;     // MethodName of the policy's default
  Mode mode = Mode::kEnforce;
};

// The record of a run: one JSON line per event (record/README.md has the
// schema), numbered without gaps. What could not be recorded is counted, said
// in the record as soon as it can be written again, and makes it incomplete.
// Belongs to one event loop.
class Recorder final : public EventSink {
 public:
  // Appends to `path`, creating it readable by its owner alone. Writes a first
  // line that describes the run.
  static absl::StatusOr<std::unique_ptr<Recorder>> Open(const std::string& path, RunInfo run,
                                                        const Clock& clock);
  // Appends to a descriptor; the first line is lost when it cannot be written.
  Recorder(UniqueFd file, RunInfo run, const Clock& clock);

  void Take(const Event& event) override;

  // `lost` more events were lost before they reached us, at `site` ("ring",
  // "owner_map"). Zero is no loss.
  void CountLost(absl::string_view site, uint64_t lost);
  // Ends the record with a line that counts it, and syncs it to disk. To be
  // called once; the destructor does not.
  absl::Status Finish();

  // False once anything was lost.
  bool complete() const { return lost_.empty(); }
  const std::map<std::string, uint64_t>& lost() const { return lost_; }  // by site
  uint64_t recorded() const { return recorded_; }
  const RunInfo& run() const { return run_; }

 private:
  JsonLine Head(absl::Time time, EventKind kind);
  bool Write(const JsonLine& line);
  void DeclareLoss();

  UniqueFd file_;
  RunInfo run_;
  const Clock& clock_;
  uint64_t sequence_ = 0;
  uint64_t recorded_ = 0;
  bool undeclared_ = false;  // a loss that the record does not mention yet
  bool torn_ = false;        // the last line was written in part
  std::map<std::string, uint64_t> lost_;
};

}  // namespace haldane::guard
