#pragma once

#include <vector>

namespace haldane::stats {

// Divides one false-stop budget over signals and stages, and keeps the books.
//
// A signal's evidence in a stage has a share of the budget, its weight among
// the signals times the stage's among the stages. All e-values are averaged by
// their shares, which is an e-value under any dependence (Vovk and Wang 2021):
//   E = sum over stages j and signals s of u_j w_s M_js;   stop at E >= 1/alpha
// Stages never multiply: they share hosts, and a host that is odd in one stage
// is the same odd host in the next, so its evidence would count twice. A stage
// that has not begun has M = 1; one that is over keeps what it ended with. A
// rollout whose processes run on through all stages has one stage.
//
// Guarantee: with e-processes, P(ever E >= 1/alpha) <= alpha; it also holds for
// any single one at its Bound, which never asks for less than the average does.
// Deterministic. Thread-compatible.
class BudgetLedger {
 public:
  // false_stop in (0, 1); weights >= 0, at least one of each positive.
  BudgetLedger(double false_stop, std::vector<double> signal_weights,
               std::vector<double> stage_weights = {1});

  // The evidence (ln e-value) of a signal in a stage is now this. -infinity and
  // finite; 0 before the first call.
  void Set(int stage, int signal, double log_evidence);

  // The budget's part of one signal in one stage: alpha u_j w_s. And ln of one
  // over it: the evidence at which the signal alone stops the rollout.
  double Share(int stage, int signal) const;
  double Bound(int stage, int signal) const;

  // ln E, and the bound ln(1/alpha) for it.
  double LogCombined() const;
  double CombinedBound() const;

  // What has been spent, in [0, 1]: the highest E so far over 1/alpha. 1: the
  // whole budget, the rollout is stopped. It starts at alpha, not at 0, as E
  // starts at 1. Left is the rest.
  double Spent() const;
  double Left() const { return 1 - Spent(); }
  // One signal's contribution to the E of now, over 1/alpha, all stages.
  double SpentBy(int signal) const;

 private:
  double false_stop_;
  std::vector<double> signals_;  // shares that sum to one
  std::vector<double> stages_;
  std::vector<double> evidence_;  // stage by stage
  double highest_ = 0;
};

}  // namespace haldane::stats
