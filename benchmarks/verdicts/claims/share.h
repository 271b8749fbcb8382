#pragma once

#include "stats/binomial_interval.h"

namespace haldane::benchmarks {

// A share of runs with its exact 95 % confidence interval.
struct Share {
  double value;
  double low;
  double high;
};

// `hits` of `runs` > 0.
inline Share ShareOf(int hits, int runs) {
  const stats::ProbabilityInterval interval = stats::ClopperPearson(hits, runs);
  return {static_cast<double>(hits) / runs, interval.low, interval.high};
}

}  // namespace haldane::benchmarks
