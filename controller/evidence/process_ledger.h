#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "haldane/v1/event.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Turns totals into differences, so that a lost, repeated or late report loses
// nothing and counts nothing twice.
//
// The first total of a process is where its counting starts from: what happened
// before the rollout is not the rollout's. A process that the agent has only
// just begun to count again (new epoch) starts anew.
class ProcessLedger {
 public:
  // What a process did since its sample before, and how old it was then.
  struct Difference {
    haldane::v1::Counters counters;  // differences, not totals; classes that did not grow are left out
    uint64_t from_age_ms = 0;
    uint64_t elapsed_ms = 0;  // by how much it grew older in between
  };

  // Nothing when this sample only sets the starting point. Totals that shrink
  // within an epoch cannot be true: they set a new starting point and are
  // counted in impossible().
  std::optional<Difference> Observe(const haldane::v1::HostReport& report,
                                    const haldane::v1::ProcessSample& sample);

  // Samples whose totals were smaller than the ones before.
  uint64_t impossible() const { return impossible_; }

 private:
  // host, epoch, boot, pid, start
  using Key = std::tuple<std::string, uint64_t, std::string, uint32_t, uint64_t>;
  struct Last {
    haldane::v1::Counters totals;
    std::map<std::string, uint64_t> classes;
    std::map<std::string, uint64_t> error_classes;
    uint64_t age_ms = 0;
  };
  std::map<Key, Last> last_;
  uint64_t impossible_ = 0;
};

}  // namespace haldane::controller
