#include "stats/flip_distance.h"

#include <algorithm>
#include <cmath>

#include "stats/log_space.h"

namespace haldane::stats {

double LeastToReach(const std::function<bool(double)>& reached, double most) {
  if (!(most >= 1)) return kInfinity;
  double below = 0;
  double above = 1;
  while (!reached(above)) {
    if (above >= most) return kInfinity;
    below = above;
    above = std::min(2 * above, most);
  }
  while (above - below > 1) {
    const double middle = std::floor(below + (above - below) / 2);
    if (middle <= below || middle >= above) break;
    (reached(middle) ? above : below) = middle;
  }
  return above;
}

}  // namespace haldane::stats
