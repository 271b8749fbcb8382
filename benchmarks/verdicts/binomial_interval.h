#pragma once

namespace haldane::benchmarks {

// A share of runs with its exact (Clopper-Pearson) 95 % confidence interval.
struct Share {
  double value;
  double low;
  double high;
};

// `hits` of `runs` > 0.
Share ShareOf(int hits, int runs);

}  // namespace haldane::benchmarks
