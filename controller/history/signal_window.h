#pragma once

#include <deque>
#include <map>
#include <vector>

#include "absl/types/span.h"
#include "haldane/v1/profile.pb.h"
#include "plan/signals.h"
#include "stats/cohort.h"
#include "stats/dispersion.h"
#include "stats/random_effects.h"
#include "stats/token_bucket.h"

namespace haldane::controller {

// Hosts of one service that differ by chance and by host alone; what one signal
// of theirs says in one window. Windows follow each other without a gap until
// StartAfresh: coarse time scales need more than one.
//
// A rollout looks at its hosts after two minutes, after ten and after half an
// hour, and their spread differs by then. So windows take turns: the first two
// minutes of a window, all of it, or it and the two before.
//
// Counts are capped by a token bucket, as they are on the way to a halt; the
// dispersion of what came uncapped is kept beside it. Rare events are summed
// and no more: the first of a host and minute. Pure; not thread-safe.
class SignalWindow {
 public:
  explicit SignalWindow(const plan::Signal& signal);

  // One second; hosts are indexes that stay the same until StartAfresh.
  void AddTick(absl::Span<const stats::HostTick> ticks);

  // What the window has seen, without its end; the next window begins. `known`
  // has the windows before, for the dispersion to divide by; `turn` grows by one
  // with every window.
  haldane::v1::ProfileWindow Close(const haldane::v1::SignalProfile& known, int64_t turn);

  // Another run of windows begins, with other hosts.
  void StartAfresh();

 private:
  struct Sums {
    double events = 0;    // capped
    double expected = 0;  // at all hosts' common rate
  };
  using HostSums = std::vector<Sums>;  // by host
  struct Path {
    stats::Dispersion dispersion;
    std::vector<stats::Dispersion::Sums> before;  // at the window's beginning
  };

  bool is_rare() const { return signal_.kind == plan::SignalKind::kRareEvent; }
  bool is_capped() const { return signal_.kind == plan::SignalKind::kCount; }
  void AddRare(absl::Span<const stats::HostTick> ticks);
  std::vector<stats::HostTick> Cap(absl::Span<const stats::HostTick> ticks);
  // The part of the window that `turn` looks at.
  HostSums SumsOf(int64_t turn) const;
  double UsualPhi(const haldane::v1::SignalProfile& known, const haldane::v1::ProfileWindow& window) const;

  const plan::Signal& signal_;
  Path capped_, raw_;
  std::vector<stats::TokenBucket> buckets_;  // by host
  HostSums sums_, early_sums_;               // of the window, and of its first two minutes
  std::deque<HostSums> earlier_;             // of the windows before, at most two
  int ticks_ = 0;
  double events_ = 0, exposure_ = 0;              // of the window, uncapped
  double known_events_ = 0, known_exposure_ = 0;  // of the run, uncapped
  std::map<int, int> last_rare_;                  // tick of a host's last rare event that counted
};

// The dispersion of each time scale over all windows of a signal.
std::vector<double> UsualDispersions(const haldane::v1::SignalProfile& profile, plan::SignalKind kind,
                                     bool raw);

}  // namespace haldane::controller
