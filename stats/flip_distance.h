#pragma once

#include <functional>

namespace haldane::stats {

// The smallest whole number x in [1, most] with reached(x), +infinity when
// there is none. `reached` turns from false to true once as x grows. Doubles x,
// then bisects: about 2 log2(x) calls.
double LeastToReach(const std::function<bool(double)>& reached, double most);

}  // namespace haldane::stats
