#pragma once

namespace haldane::benchmarks {

// P(Z <= z) of a standard normal variable.
double NormalCdf(double z);

// The z with P(Z <= z) = p; p in (0, 1).
double NormalQuantile(double p);

}  // namespace haldane::benchmarks
