#include "agent/probe/placed_probes.h"

#include <system_error>
#include <thread>
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
  for (Link& link : other.links_) links_.push_back(std::move(link));
  for (MappedPage& page : other.pages_) pages_.push_back(std::move(page));
  other.links_.clear();
}

// Each link's end waits for the kernel's readers several times; waiting for many of
// them at once takes little longer than for one. And every link is closed to new hits
// before the first of them waits.
void PlacedProbes::Detach() {
  std::vector<std::thread> threads;
  size_t begun = links_.empty() ? 0 : 1;
  try {
    for (; begun < links_.size(); ++begun) threads.emplace_back([link = &links_[begun]] { link->reset(); });
  } catch (const std::system_error&) {
    // No room for another thread: this one does the rest.
  }
  if (!links_.empty()) links_.front().reset();
  for (; begun < links_.size(); ++begun) links_[begun].reset();
  for (std::thread& thread : threads) thread.join();
  links_.clear();
  pages_.clear();
}

}  // namespace haldane::agent
