#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "guard/record/event.h"
#include "guard/report/summary.h"

namespace haldane::guard {

// Adds up the events of a run. Memory is bounded: what goes beyond is counted.
// Belongs to one event loop.
class SummaryBuilder final : public EventSink {
 public:
  void Take(const Event& event) override;
  // Takes the events of a record that an earlier process of the run began.
  // Lines that cannot be read are counted as not listed.
  void Replay(absl::string_view record);

  struct Inputs {
    RunInfo run;
    RunFacts facts;
    bool has_baseline = false;
    std::set<std::string> baseline;  // names of the last good run
    std::vector<Waiver> waivers;
    absl::Time now;
  };
  Summary Build(const Inputs& inputs) const;

 private:
  void AddDomain(const Event& event);
  void AddContact(const Event& event);
  void AddFinding(const Event& event);

  // As the summary, but for what only Build knows.
  Summary so_far_;
  std::map<std::string, Finding> findings_;  // by what groups them
};

}  // namespace haldane::guard
