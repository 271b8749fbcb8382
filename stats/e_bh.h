#pragma once

#include <vector>

#include "absl/types/span.h"

namespace haldane::stats {

// Which of m nulls are false, when several may be: e-BH. With e-values sorted
// from the largest, k* is the largest k with E_(k) >= m/(alpha k); those k* are
// named. For rollouts of many services side by side, or many classes.
//   Source: Wang and Ramdas, JRSS-B 2022. Guarantee: the expected share of false
//   names among those named is at most alpha, under any dependence, at any one
//   moment. It does not bound the chance of a single false name: that is what
//   BudgetLedger is for.
struct Discoveries {
  int count = 0;                // k*
  double log_threshold = 0;     // ln[m/(alpha max(k*, 1))]
  std::vector<int> which = {};  // their places in the input, in that order
};

// log_evidence: ln e-values, -infinity allowed; alpha in (0, 1).
Discoveries EBenjaminiHochberg(absl::Span<const double> log_evidence, double alpha);

}  // namespace haldane::stats
