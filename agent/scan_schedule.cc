#include "agent/scan_schedule.h"

#include <algorithm>
#include <iterator>

namespace haldane::agent {
namespace {

constexpr int kRestPerCost = 100;
constexpr absl::Duration kMaxRest = absl::Seconds(2);
// A burst of requests needs no more looks than these in waiting.
constexpr size_t kMaxRequested = 16;

}  // namespace

void ScanSchedule::Request(absl::Duration now, absl::Duration delay) {
  requested_.insert(now + delay);
  // The latest request stays: what happened last must be seen, too.
  if (requested_.size() > kMaxRequested) requested_.erase(std::prev(requested_.end(), 2));
}

bool ScanSchedule::Due(absl::Duration now) const {
  if (now < rest_until_) return false;
  return now >= sweep_at_ || (!requested_.empty() && now >= *requested_.begin());
}

void ScanSchedule::Done(absl::Duration now, absl::Duration cost, absl::Duration sweep) {
  requested_.erase(requested_.begin(), requested_.upper_bound(now));
  sweep_at_ = now + sweep;
  rest_until_ = now + std::min(kRestPerCost * cost, kMaxRest);
}

}  // namespace haldane::agent
