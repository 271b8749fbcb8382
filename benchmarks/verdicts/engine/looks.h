#pragma once

#include <algorithm>

namespace haldane::benchmarks {

// When a judge is asked for its evidence.
enum class Looks {
  kEverySecond,     // as the controller does
  kWhereItMatters,  // where it can have reached a bound that it had not reached
};

// Decides at which seconds the evidence can have reached a bound. Not before its
// ceiling has; and then, while `gap` is missing, not until the ceiling has grown
// by half of that (and by a tenth of itself: where it is far above the evidence,
// hosts differ), or twenty seconds have passed (fewer as the gap closes). Near
// the bound every second is looked at. The report compares this with looking
// every second.
class LookOut {
 public:
  // Whether to look in this second.
  bool ShouldLook(double bound, double ceiling) {
    ++since_;
    if (ceiling + kSlack < bound) return false;
    const double gap = bound - last_;
    const int patience = gap < 0.6 ? 1 : gap < 1.2 ? 3 : gap < 2.4 ? 8 : 20;
    return since_ >= patience || ceiling - last_ceiling_ > std::max(0.5 * gap, 0.1 * last_ceiling_);
  }
  void Looked(double evidence, double ceiling) {
    last_ = evidence;
    last_ceiling_ = ceiling;
    since_ = 0;
  }

 private:
  static constexpr double kSlack = 0.05;
  double last_ = 0;
  double last_ceiling_ = 0;
  int since_ = 1 << 20;
};

}  // namespace haldane::benchmarks
