#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace haldane::benchmarks {

// Random numbers that are the same with every standard library: xoshiro256++
// (Blackman and Vigna, 2021) seeded through splitmix64, and distributions of
// our own.
class Random {
 public:
  // The stream of run `run` of the cell called `name`.
  Random(absl::string_view name, std::uint64_t run);

  std::uint64_t Bits();
  double Uniform();                    // in (0, 1)
  double Normal();                     // mean 0, variance 1
  double Exponential();                // mean 1
  double Gamma(double shape);          // scale 1; shape > 0
  int Poisson(double mean);            // mean >= 0
  int Binomial(int trials, double p);  // p in [0, 1]

 private:
  std::uint64_t state_[4];
};

}  // namespace haldane::benchmarks
