#include "benchmarks/peers/normal.h"

#include <boost/math/special_functions/erf.hpp>
#include <cmath>

namespace haldane::benchmarks {

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double NormalQuantile(double p) { return -std::sqrt(2.0) * boost::math::erfc_inv(2 * p); }

}  // namespace haldane::benchmarks
