#pragma once

#include <map>
#include <set>

#include "agent/discovery/process_finder.h"
#include "agent/probe/process_counters.h"
#include "agent/ruby_processes.h"
#include "haldane/v1/common.pb.h"

namespace haldane::agent {

// The raise probes that are attached: one per binary, however many processes
// run it. Not thread-safe.
class BinaryProbes {
 public:
  // Both outlive this.
  BinaryProbes(ProcessCounters* counters, const RubyProcesses* processes)
      : counters_(counters), processes_(processes) {}

  // Attaches the probe of `binary` if that is not done yet. True when all is
  // counted that ever will be: the probe is attached, or none can be and that
  // is logged. False when it is to be tried again after the next scan.
  bool Attach(const BinaryKey& binary);
  // Detaches the probes of all other binaries.
  void DetachAllBut(const std::set<BinaryKey>& used);
  // ProcessCounters::DetachWitnesses.
  void DetachWitnesses(const BinaryKey& binary);
  // ProcessCounters::DetachAll has been called.
  void Clear() { sources_.clear(); }

  // What the exceptions of the binary's processes are counted by, or will be.
  haldane::v1::ProbeSource source(const BinaryKey& binary) const;
  bool is_done(const BinaryKey& binary) const { return sources_.count(binary) > 0; }
  // How many probes are attached, by source.
  std::map<haldane::v1::ProbeSource, int> Attached() const;

 private:
  ProcessCounters* counters_;
  const RubyProcesses* processes_;
  // Binaries that are done. NONE: nothing is attached.
  std::map<BinaryKey, haldane::v1::ProbeSource> sources_;
};

}  // namespace haldane::agent
