#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "agent/discovery/binary_key.h"
#include "agent/probe/process_counters.h"

namespace haldane::agent {

// Whether the raise probes that are attached do fire. A probe may sit at a
// place that exceptions do not pass (a binary that lies about its symbols), or
// not be in the memory that a process runs from. Both would read as "no
// exceptions", so both are looked for: breakpoints in the memory of each
// process, and witnesses (RaiseProbe::witnesses) that are passed without an
// exception being counted. Not thread-safe.
class RaiseCheck {
 public:
  // Exceptions or witnesses of one process after which there is a finding.
  static constexpr uint64_t kEnough = 16;
  // In a sound binary at most three witnesses are passed for one exception.
  static constexpr uint64_t kWitnessesPerException = 8;

  enum class Finding {
    kNone,    // nothing new
    kFires,   // the binary's probe counts what its witnesses see
    kSilent,  // it does not; told once
  };

  // A reading of a process of this binary.
  Finding Observe(const BinaryKey& binary, const ProcessReading& reading);
  // What looking for the breakpoints in a process's memory gave. True when that
  // is news: the probe is silent.
  bool Observe(const BinaryKey& binary, const absl::Status& breakpoints);
  // The probes of all other binaries are detached.
  void ForgetAllBut(const std::set<BinaryKey>& used);
  void Clear() { binaries_.clear(); }

  // Why the probe of the first binary that is silent is thought so; none when
  // all are well.
  std::optional<std::string> silence() const;

 private:
  struct State {
    bool fires = false;
    std::string silence;
  };
  std::map<BinaryKey, State> binaries_;
};

}  // namespace haldane::agent
