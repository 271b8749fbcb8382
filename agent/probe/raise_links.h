#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/kernel/link.h"
#include "agent/kernel/mapped_page.h"
#include "agent/ruby/probe_point.h"

struct haldane_bpf;

namespace haldane::agent {

// What holds the raise probe of one binary in place. The links are first
// destroyed, then the pages let go.
struct RaiseAttachment {
  // The probed pages, kept in memory: a breakpoint is put into every new mapping
  // of the binary, in a context where reading the page from disk is a risk.
  std::vector<MappedPage> pages;
  std::vector<Link> links;
  // Those of RaiseProbe::witnesses, let go by themselves; empty when there are
  // none or they could not be attached.
  std::vector<Link> witnesses;
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
