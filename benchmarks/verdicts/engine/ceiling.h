#pragma once

#include <vector>

#include "benchmarks/peers/judge.h"
#include "stats/count_signal.h"
#include "stats/presence_minutes.h"
#include "stats/token_bucket.h"

namespace haldane::benchmarks {

// A cheap bound from above for CountSignal's evidence, so that the expensive
// number is asked for only where it can matter: in place of each mixture over
// spreads and effects the log-likelihood ratio of the best-fitting split of
// events to the boundary's, as if hosts were alike and events independent.
// Evidence that allows for more is smaller. Presence, which moves once a minute,
// is computed as the engine does.
//   Source: the early exit of the method's description; engine_test compares.
// A pre-period moves the boundary, as far as the past is believed: the ceiling
// is then the higher one of "not at all" and "altogether".
class EvidenceCeiling {
 public:
  explicit EvidenceCeiling(const stats::CountSignal::Options& options);

  // As the engine's functions of these names.
  void AddHost(stats::Cohort cohort);
  void ObserveBefore(const std::vector<stats::HostTick>& ticks);
  void Observe(const std::vector<stats::HostTick>& ticks);

  double Harm() const;
  double Clear() const;

 private:
  // Events of each cohort, and what the canary and the baseline would have had
  // of them at equal rates.
  struct Split {
    double canary = 0;
    double baseline = 0;
    double expected_canary = 0;
    double expected_baseline = 0;
    void Add(const HostSecond& canary_sum, const HostSecond& baseline_sum);
    Split Since(const Split& mark) const;
    // ln of the best fit over the boundary's; 0 unless the ratio of rates lies
    // beyond the boundary in `direction`.
    double Beyond(double boundary_ratio, int direction) const;
  };

  // What has been held, once both cohorts have exposure.
  std::vector<stats::HostTick> Release();
  double PastRate() const;
  double Pass(const stats::HostTick& tick, double past_rate);
  double Dispersion() const;
  double Evidence(const Split& split, int direction) const;

  stats::CountSignal::Options options_;
  struct Host {
    bool is_canary;
    HostSecond held;
    stats::TokenBucket bucket;
  };
  std::vector<Host> hosts_;
  int seconds_ = 0;
  HostSecond known_;  // of the old revision
  // The past: events of each cohort, and what it would have had at equal rates.
  HostSecond past_canary_;
  HostSecond past_baseline_;
  HostSecond all_;
  Split harm_;
  Split clear_;
  std::vector<Split> marks_;  // harm_ when each restart began
  stats::PresenceMinutes presence_;
  double log_presence_ = 0;
};

}  // namespace haldane::benchmarks
