#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/probe/group_base.h"
#include "agent/probe/probed_binary.h"
#include "agent/probe/raise_links.h"

namespace haldane::agent {

// The raise probes: one per binary, each where the resolver said. Not thread-safe.
class RaiseGroup final : public GroupBase {
 public:
  // `programs` outlives this.
  explicit RaiseGroup(haldane_bpf* programs);

  // ProcessCounters::AttachRaise, DetachRaise and DetachWitnesses, which see.
  absl::Status Add(const std::string& binary, const std::string& path, const RaiseProbe& probe);
  PlacedProbes Forget(const std::string& binary);
  void ForgetWitnesses(const std::string& binary);
  void ForgetAll() { binaries_.clear(); }

 private:
  struct Binary {
    ProbedBinary file;
    RaiseProbe probe;
    std::optional<RaiseAttachment> attachment;
  };

  static PlacedProbes Release(Binary* binary);

  absl::Status Place() override;
  PlacedProbes Release() override;
  bool InPlace() const override;

  haldane_bpf* programs_;
  std::map<std::string, Binary> binaries_;
};

}  // namespace haldane::agent
