#pragma once

#include <vector>

#include "stats/grids.h"

namespace haldane::stats {

// One cohort's data as the engine wants it: per host, events divided by their
// temporal dispersion, and the expected share of the cohort's events, scaled
// to mean one. Hosts without exposure are left out.
struct CohortCounts {
  std::vector<double> events;
  std::vector<double> weights;
};

// Two cohorts, and the log odds with which an event falls on the canary when
// both have the same rate: ln(expected canary events / expected baseline).
struct SplitCounts {
  CohortCounts canary;
  CohortCounts baseline;
  double log_odds = 0;
};

// A null that admits more than the model says: with probability `weight` the
// split's standard deviation is `inflation` times larger. Absorbs tails
// heavier than gamma and the looks at a not quite projective model.
struct HuberNull {
  double weight = 0.10;
  double inflation = 3;
};

// A null about the log rate ratio: it lies in [low, high]; either may be
// infinite.
struct EffectRange {
  double low;
  double high;
};

// One way the nuisances may be: its weight after seeing what hosts of one
// cohort have to say, and what it expects of the split between cohorts.
struct SplitCell {
  double log_weight;
  double log_odds;  // of an event falling on the canary at equal rates
  double variance;  // of the true log odds around that
};

// RE-DM, the engine of every count-like signal.
//
// Estimates: how much better "the canary's rate is exp(effect) times the
// baseline's" explains the split of events between cohorts than a null does,
// when hosts have rates of their own: a host's rate is its cohort's times a
// gamma variable of relative standard deviation tau. The spread tau is unknown
// and judged by how hosts differ *within* each cohort.
//
//   ln M = LSE_k[q_k + L_B + L_C + LSE_g(w_g + BB(effect_g, s_k^2 + blur_g))]
//          - LSE_k[q_k + L_B + L_C + Huber(BB(null, s_k^2), BB(null, inflation^2 s_k^2))]
//
// over the spreads tau_k with prior q_k; L = Dirichlet-multinomial likelihood
// of the hosts' shares within a cohort (parameters weight / tau^2), BB = the
// beta-binomial likelihood of the split (SplitFit) with s^2 = tau^2 (1/n_c +
// 1/n_b), n the effective number of hosts, (sum v)^2 / sum v^2. The null is
// the member of its range that fits best (universal inference).
//
// Source: Lindon and Malek 2022 (fixed null share) made random; nuisance
// integrated out with the same prior above and below, right-Haar for scale
// (Perez-Ortiz, Lardy, de Heide, Grunwald, AoS 2024).
// Assumes: hosts exchangeable under the null; gamma host effects; events
// over-dispersed in time by at most what they were divided by.
// Guarantee: for known tau and gamma effects exp(ln M) is a martingale under
// the null, so P(ever ln M >= ln(1/alpha)) <= alpha (Ville). For unknown tau
// the bound holds averaged over the prior; per tau it is approximate, which
// the Huber null makes up for (docs/statistics.md says how far).
// Cost: O(hosts * cells) to build, O(cells * effects) per evaluation.
// Never NaN: counts 0..2^53, one host a side, and empty cohorts included.
class RandomEffects {
 public:
  explicit RandomEffects(const SplitCounts& counts, const SpreadPrior& prior = FlatSpreadPrior());

  // For nuisances that others have worked out; all cells' data are the same, and
  // have the log odds `log_odds`.
  RandomEffects(double canary_events, double baseline_events, double log_odds, std::vector<SplitCell> cells);

  // ln M for `alternatives` against `null`. 0 without events.
  double LogEvidence(const EffectRange& null, const EffectGrid& alternatives,
                     const HuberNull& huber = {}) const;

  // Takes other data of the same hosts; what these said of their spread stays.
  // `log_odds` is of the data, as in SplitCounts.
  void MoveTo(double canary_events, double baseline_events, double log_odds);
  // The same with other events alone.
  RandomEffects Over(double canary_events, double baseline_events) const;

  // The log rate ratio that fits best, pulled in by half an event a side so
  // that it always exists.
  double CentralEffect() const { return Central(LogOdds()); }

  // Mean over the cells of the log odds at equal rates.
  double LogOdds() const;
  // The cells' weights after seeing the hosts: logarithms that sum to one.
  std::vector<double> LogPosterior() const;

  double canary_events() const { return canary_events_; }
  double baseline_events() const { return baseline_events_; }

 private:
  double Central(double log_odds) const;

  double canary_events_ = 0;
  double baseline_events_ = 0;
  double log_odds_ = 0;  // of the data
  std::vector<SplitCell> cells_;
};

// sum v^2 / (sum v)^2: one over the effective number of hosts.
double InverseEffectiveHosts(const std::vector<double>& weights);

double TotalEvents(const CohortCounts& cohort);

}  // namespace haldane::stats
