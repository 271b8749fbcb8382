#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "agent/kernel/link.h"

namespace haldane::agent {

// A link that is gone soon, however its process ends. Each link's end waits for the
// kernel's readers several times, and of a process that is killed the kernel closes
// one descriptor after another. So each link is held by a thread that has a table
// of descriptors of its own, with nothing else in it: threads end side by side.
class HeldLink {
 public:
  // Where no thread can be had, or no table, this process holds the link as usual.
  explicit HeldLink(Link link);
  HeldLink(const HeldLink&) = delete;
  // Returns when it is detached.
  ~HeldLink();

  // Begins to detach it, and returns at once.
  void LetGo();

 private:
  enum class State { kBegins, kHeld, kNotHeld, kLetGo };
  void Hold(int descriptor);
  void Set(State state);

  const Link link_;  // its descriptor is a stand-in while the thread has the real one
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kBegins;
  std::thread holder_;
};

}  // namespace haldane::agent
