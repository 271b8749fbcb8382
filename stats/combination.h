#pragma once

#include "absl/types/span.h"

namespace haldane::stats {

// ln sum_i w_i e^(x_i): the weighted average of e-values given as logarithms.
// With weights that sum to at most one it is an e-value for "none of the nulls
// is false", whatever the dependence between signals, and it is never below
// ln w_i + x_i, so it dominates Bonferroni (Vovk and Wang, AoS 2021).
//   weights >= 0, as many as log_evidence, which is finite; -infinity when all are zero.
double WeightedLogEvidence(absl::Span<const double> log_evidence, absl::Span<const double> weights);

// ln[share e^first + (1 - share) e^second]: exactly 0 for two zeros. share in
// (0, 1); -infinity stands for an e-value of 0.
double MixLogEvidence(double share, double first, double second);

}  // namespace haldane::stats
