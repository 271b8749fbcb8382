#include "agent/probe/placed_probes.h"

#include <utility>

namespace haldane::agent {

PlacedProbes& PlacedProbes::operator=(PlacedProbes&& other) noexcept {
  if (this == &other) return *this;
  Detach();
  links_ = std::move(other.links_);
  pages_ = std::move(other.pages_);
  return *this;
}

void PlacedProbes::Add(PlacedProbes other) {
  for (auto& link : other.links_) links_.push_back(std::move(link));
  for (MappedPage& page : other.pages_) pages_.push_back(std::move(page));
  other.links_.clear();
}

// Waiting for many of them at once takes little longer than for one.
void PlacedProbes::Detach() {
  for (const auto& link : links_) link->LetGo();
  links_.clear();
  pages_.clear();
}

}  // namespace haldane::agent
