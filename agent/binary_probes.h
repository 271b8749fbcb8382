#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/discovery/process_finder.h"
#include "agent/probe/process_counters.h"
#include "agent/ruby/file_identity.h"
#include "agent/ruby_processes.h"
#include "haldane/v1/common.pb.h"

namespace haldane::agent {

// The raise probes that are attached: one per file of a binary, however many
// processes run it. Not thread-safe.
class BinaryProbes {
 public:
  // Both outlive this.
  BinaryProbes(ProcessCounters* counters, const RubyProcesses* processes)
      : counters_(counters), processes_(processes) {}

  // Attaches the probe of `binary` if that is not done yet. True when all is
  // counted that ever will be: the probe is attached, or none can be and that
  // is logged. False when it is to be tried again after the next scan.
  bool Attach(const BinaryKey& binary);
  // Looks for the breakpoints of the process's binary in its memory. A container
  // that has changed its copy of an image's file runs another file, although both
  // look the same: where that may be, the probe is attached to that one, too.
  // FAILED_PRECONDITION when they are not there even so; NOT_FOUND when nobody knows.
  absl::Status Cover(const RubyProcess& process);
  // Detaches the probes of all other binaries.
  void DetachAllBut(const std::set<BinaryKey>& used);
  // ProcessCounters::DetachWitnesses.
  void DetachWitnesses(const BinaryKey& binary);
  // ProcessCounters::DetachAll has been called.
  void Clear() { binaries_.clear(); }

  // What the exceptions of the binary's processes are counted by, or will be.
  haldane::v1::ProbeSource source(const BinaryKey& binary) const;
  bool is_done(const BinaryKey& binary) const { return binaries_.count(binary) > 0; }
  // How many probes are attached, by source.
  std::map<haldane::v1::ProbeSource, int> Attached() const;

 private:
  // A file with the binary's content, under the name that ProcessCounters has it by.
  struct File {
    std::string name;
    FileIdentity identity;
  };
  // A binary that is done.
  struct Binary {
    haldane::v1::ProbeSource source;  // NONE: no raise probe is attached
    std::vector<File> files;
  };
  absl::Status AttachTo(const BinaryKey& binary, const std::string& name, const std::string& path);

  ProcessCounters* counters_;
  const RubyProcesses* processes_;
  std::map<BinaryKey, Binary> binaries_;
};

}  // namespace haldane::agent
