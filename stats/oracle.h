#pragma once

namespace haldane::stats {

// What no test can beat: the mean time to detect a rate ratio that is known
// beforehand, from Poisson events whose common rate is not known.
struct WaldBound {
  double canary_share;  // of events under the alternative
  double information;   // nats per event: KL of the split against the null's
  double events;        // ln(1/alpha) / information, both cohorts together
  double seconds;
};

// Hosts, and events per baseline host and second.
struct OracleShape {
  double canary_hosts;
  double baseline_hosts;
  double rate;
};

//   E[time] >= ln(1/alpha) / (events per second * information)
// Source: Wald 1945; for an unknown common rate the conditional binomial's
// information is the least favourable Poisson's. All > 0, ratio != null_ratio,
// alpha in (0, 1).
WaldBound OracleBound(const OracleShape& shape, double ratio, double alpha, double null_ratio = 1);

// Mean number of events that the test which is told the ratio needs (Wald's
// sequential probability ratio test with one bound): Wald's number plus what the
// last event carries beyond the bound, averaged over all paths of up to 4096
// events.
double OracleSprtEvents(const OracleShape& shape, double ratio, double alpha, double null_ratio = 1);

// The same in seconds.
double OracleSprtSeconds(const OracleShape& shape, double ratio, double alpha, double null_ratio = 1);

}  // namespace haldane::stats
