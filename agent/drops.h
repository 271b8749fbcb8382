#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/probe/process_counters.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::agent {

// Every event that this agent knows it failed to count, by site, since its
// epoch began. Totals never fall. Not thread-safe.
class Drops {
 public:
  // Events lost in the agent itself.
  void Add(absl::string_view site, uint64_t count);
  // What the kernel side has lost so far; replaces what it said before.
  void SetKernel(const std::vector<Drop>& drops);

  // Totals by site, those that are zero included.
  std::map<std::string, uint64_t> Totals() const;
  // Appends the totals, sorted by site.
  void AppendTo(haldane::v1::Report* report) const;

 private:
  std::map<std::string, uint64_t> own_;
  std::map<std::string, uint64_t> kernel_;
};

}  // namespace haldane::agent
