#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "agent/kernel/held_link.h"
#include "agent/kernel/mapped_page.h"

namespace haldane::agent {

// What holds probes in place: when this ends, they are detached. Not thread-safe.
class PlacedProbes {
 public:
  PlacedProbes() = default;
  PlacedProbes(PlacedProbes&&) = default;
  PlacedProbes& operator=(PlacedProbes&& other) noexcept;
  ~PlacedProbes() { Detach(); }

  void Add(Link link) { links_.push_back(std::make_unique<HeldLink>(std::move(link))); }
  // A page that has a probe. It is kept in memory until that is detached, because a
  // breakpoint is put into every new mapping of the binary, where reading the page
  // from disk is a risk.
  void Add(MappedPage page) { pages_.push_back(std::move(page)); }
  // From now on both are detached at the same time.
  void Add(PlacedProbes other);

  bool empty() const { return links_.empty(); }

  // Detaches all at the same time, and returns when that is done.
  void Detach();

 private:
  std::vector<MappedPage> pages_;
  std::vector<std::unique_ptr<HeldLink>> links_;
};

}  // namespace haldane::agent
