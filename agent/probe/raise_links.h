#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/probe/placed_probes.h"
#include "agent/ruby/probe_point.h"

struct haldane_bpf;

namespace haldane::agent {

// The raise probe of one binary, in place.
struct RaiseAttachment {
  PlacedProbes raise;
  // Those of RaiseProbe::witnesses, let go by themselves; empty when there are
  // none or they could not be attached.
  PlacedProbes witnesses;
};

// Attaches all points of a probe by one link, or, where the kernel does not have
// that, one by one. Errors say why both failed.
absl::StatusOr<RaiseAttachment> AttachRaisePoints(haldane_bpf* programs, const std::string& path,
                                                  const RaiseProbe& probe);

// The two ways; for AttachRaisePoints and its tests.
absl::StatusOr<Link> AttachTogether(haldane_bpf* programs, const std::string& path, const RaiseProbe& probe);
absl::StatusOr<std::vector<Link>> AttachOneByOne(haldane_bpf* programs, const std::string& path,
                                                 const RaiseProbe& probe);

}  // namespace haldane::agent
