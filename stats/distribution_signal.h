#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "stats/cohort.h"
#include "stats/count_signal.h"
#include "stats/log_linear_histogram.h"

namespace haldane::stats {

// Values that fell into one bucket of LogLinearBuckets.
struct BucketCount {
  int bucket;
  double count;  // finite, >= 0
};

// One host's values of one tick: each bucket at most once, any order.
struct HostBuckets {
  int host;
  absl::Span<const BucketCount> counts;
};

// Everything the judge asks of a distribution per host, such as latency: is it
// worse (larger) on the canary than tolerated, is it demonstrably not?
//
// A quantile is compared as a share: with T the baseline's q-quantile, frozen
// before it is used, and r the tolerated ratio, the canary's q-quantile exceeds
// r times the baseline's if and only if more of the canary's values exceed r T
// than of the baseline's exceed T. Each quantile is therefore a CountSignal of
// kind kProportion, events = values beyond the threshold, exposure = values,
// tolerated ratio 1. The whole distribution is one more: events = the sum over
// values of the share of frozen baseline values below them (the canary's values
// divided by r), which moves with any shift, also one that no threshold sees.
// Inside a bucket values are taken to lie evenly: a tolerance is as exact as the
// buckets are narrow. With equal distributions there is no such error.
//
// T is frozen once the baseline (before the rollout: every host) has had 20/(1-q)
// values, the whole at 200, from those; what came until then is not compared.
//   Source: exceedances of frozen edges; scores of Wilcoxon's kind against a
//   frozen reference. Null, guarantee: CountSignal's, per quantile, because a
//   threshold depends on nothing that it judges. Independent values are not
//   assumed: the host is the unit.
// Harm is the average of the e-values of the quantiles and the whole; clear is
// the least of the quantiles' (all must be clear, so no correction is due).
// Units: of the values. Deterministic; thread-compatible.
class DistributionSignal {
 public:
  struct Options {
    std::vector<double> quantiles = {0.5, 0.99};  // in (0, 1), increasing
    double tolerate_ratio = 1.15;                 // of a quantile, >= 1
    int bits = 3;                                 // of LogLinearBuckets
    int buckets = 201;                            // values beyond the last count there
    // CountSignal's, for every quantile and the whole.
    std::optional<SignalProfile> profile = std::nullopt;
    std::vector<int> restarts = {};  // CountSignal's
  };
  explicit DistributionSignal(const Options& options);

  int AddHost(Cohort cohort);  // 0, 1, 2, ...

  // As CountSignal's. Unknown hosts and buckets and impossible counts are
  // passed over; a host without values had no data.
  void ObserveBefore(absl::Span<const HostBuckets> hosts);
  void Observe(absl::Span<const HostBuckets> hosts);

  // As CountSignal's, over all quantiles. 0 while nothing is frozen.
  double HarmEvidence() const;
  double ClearEvidence(double missed) const;
  double EvidenceWithout(int host) const;

  // One quantile, in the order of the options. The interval of its signal is of
  // the ratio of shares: the canary's beyond r T over the baseline's beyond T,
  // so that 1 is the boundary.
  int quantiles() const { return static_cast<int>(options_.quantiles.size()); }
  bool Frozen(int quantile) const { return quantiles_[quantile].frozen(); }
  double Threshold(int quantile) const { return quantiles_[quantile].edge; }  // T, 0 until frozen
  const CountSignal& Quantile(int quantile) const { return quantiles_[quantile].signal; }
  const CountSignal& Whole() const { return whole_.signal; }

  // Estimated quantile of a cohort during the rollout: linear within its
  // bucket; 0 without values.
  double Estimate(Cohort cohort, double q) const;
  // Counts by bucket during the rollout, and of all hosts before it.
  const std::vector<double>& Histogram(Cohort cohort) const {
    return cohort == Cohort::kCanary ? canary_ : baseline_;
  }
  const std::vector<double>& HistogramBefore() const { return before_; }
  const LogLinearBuckets& buckets() const { return buckets_; }

 private:
  // One process: what a value in each bucket counts for, once that is known.
  struct Comparison {
    CountSignal signal;
    double edge = 0;
    std::vector<double> baseline = {};
    std::vector<double> canary = {};
    bool frozen() const { return !baseline.empty(); }
  };
  bool IsValid(const HostBuckets& host, const BucketCount& count) const;
  void Feed(Comparison& comparison, absl::Span<const HostBuckets> hosts, bool before);
  void AddTo(std::vector<double>& histogram, const HostBuckets& host) const;
  void FreezeWhatIsKnown();
  double Width(int bucket) const;
  double Average(const std::function<double(const CountSignal&)>& evidence) const;

  Options options_;
  LogLinearBuckets buckets_;
  std::vector<Cohort> hosts_;
  std::vector<Comparison> quantiles_;
  Comparison whole_;
  std::vector<double> known_;  // what is frozen from
  std::vector<double> before_;
  std::vector<double> canary_;
  std::vector<double> baseline_;
};

}  // namespace haldane::stats
