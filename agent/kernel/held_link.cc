#include "agent/kernel/held_link.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/unique_fd.h"

namespace haldane::agent {

HeldLink::HeldLink(Link link) : link_(std::move(link)) {
  const int descriptor = bpf_link__fd(link_.get());
  try {
    holder_ = std::thread([this, descriptor] { Hold(descriptor); });
  } catch (const std::system_error&) {
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ != State::kBegins; });
  if (state_ == State::kNotHeld) return;
  // The number stays ours, since libbpf closes it in the end.
  const UniqueFd nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.is_open()) (void)dup3(nothing.get(), descriptor, O_CLOEXEC);
}

HeldLink::~HeldLink() {
  LetGo();
  if (holder_.joinable()) holder_.join();
}

void HeldLink::LetGo() { Set(State::kLetGo); }

void HeldLink::Hold(int descriptor) {
  const auto first = static_cast<unsigned>(descriptor);
  const bool has_own_table = close_range(first + 1, UINT_MAX, CLOSE_RANGE_UNSHARE) == 0;
  if (!has_own_table) return Set(State::kNotHeld);
  if (first > 0) (void)close_range(0, first - 1, 0);
  Set(State::kHeld);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ == State::kLetGo; });
  lock.unlock();
  close(descriptor);
}

void HeldLink::Set(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  changed_.notify_all();
}

}  // namespace haldane::agent
