#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "benchmarks/verdicts/generators/effects.h"
#include "benchmarks/verdicts/signals/signal_kind.h"
#include "stats/distribution_signal.h"

namespace haldane::benchmarks {
namespace {

constexpr double kMedian = 40000;  // microseconds
constexpr double kSpread = 0.6;    // of the logarithm of a request's time
constexpr int kLookEvery = 5;      // seconds; evidence is dear and moves slowly
constexpr double kTail = 0.02;     // share of requests that a sick tail holds

struct LatencyNoise {
  double host_sd = 0;    // hosts differ for good, log
  double drift_sd = 0;   // and within a minute
  double incidents = 0;  // chance of an upstream incident in a quiet second
  double requests = 20;  // a second and host
};

// Requests with log-normal times.
class Serving : public SignalFleet {
 public:
  // `harm` > 0: times are multiplied by it; < 0: those of the slowest in fifty
  // are multiplied by its absolute value.
  Serving(const Cohorts& cohorts, double harm, const LatencyNoise& noise, Random random)
      : signal_({.quantiles = {0.5, 0.9, 0.99}, .tolerate_ratio = 1}),
        buckets_(3),
        canary_(cohorts.canary),
        harm_(harm),
        noise_(noise),
        random_(random),
        hosts_(LogNormalSpread(cohorts.canary + cohorts.baseline, noise.host_sd, random_)),
        drift_(cohorts.canary + cohorts.baseline, noise.drift_sd, 60, random_),
        incidents_(cohorts.canary + cohorts.baseline, noise.incidents, 0) {
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      signal_.AddHost(static_cast<int>(h) < canary_ ? stats::Cohort::kCanary : stats::Cohort::kBaseline);
    }
  }

  double Next() override {
    drift_.Advance(random_);
    incidents_.Advance(random_);
    std::vector<std::vector<stats::BucketCount>> counts(hosts_.size());
    std::vector<stats::HostBuckets> seen;
    for (std::size_t h = 0; h < hosts_.size(); ++h) {
      Serve(static_cast<int>(h), counts[h]);
      seen.push_back({static_cast<int>(h), counts[h]});
    }
    signal_.Observe(seen);
    if (++now_ % kLookEvery == 0) evidence_ = signal_.HarmEvidence();
    return evidence_;
  }

 private:
  void Serve(int host, std::vector<stats::BucketCount>& counts) {
    const double slow = incidents_.Factor(host) > 1 ? 2 : 1;
    const double scale = kMedian * hosts_[host] * drift_.Factor(host) * slow;
    const int requests = random_.Poisson(noise_.requests);
    drawn_.clear();
    for (int i = 0; i < requests; ++i) {
      double time = scale * std::exp(kSpread * random_.Normal());
      if (host < canary_ && harm_ > 0) time *= harm_;
      if (host < canary_ && harm_ < 0 && random_.Uniform() < kTail) time *= -harm_;
      drawn_.push_back(std::min(200, buckets_.Index(static_cast<std::uint64_t>(time))));
    }
    std::sort(drawn_.begin(), drawn_.end());
    for (const int bucket : drawn_) {
      if (counts.empty() || counts.back().bucket != bucket) counts.push_back({bucket, 0});
      counts.back().count += 1;
    }
  }

  stats::DistributionSignal signal_;
  stats::LogLinearBuckets buckets_;
  int canary_;
  double harm_;
  LatencyNoise noise_;
  Random random_;
  std::vector<double> hosts_;
  DriftingRates drift_;
  SharedIncidents incidents_;
  std::vector<int> drawn_;
  double evidence_ = 0;
  int now_ = 0;
};

SignalKind::Make Taking(const LatencyNoise& noise) {
  return [noise](const Cohorts& cohorts, double harm, Random random) -> std::unique_ptr<SignalFleet> {
    return std::make_unique<Serving>(cohorts, harm, noise, random);
  };
}

}  // namespace

SignalKind LatencyKind() {
  return {.name = "latency",
          .judged_by = "distribution_signal.h",
          .ticks = 600,
          .runs = 300,
          .cohorts = {{5, 5}, {3, 10}},
          .noises = {{"requests independent", Taking({})},
                     {"hosts differ by 5 % and wander by 5 %", Taking({.host_sd = 0.05, .drift_sd = 0.05})},
                     {"the same, with upstream incidents that double it",
                      Taking({.host_sd = 0.05, .drift_sd = 0.05, .incidents = 1.0 / 300})},
                     {"the same, one request in two seconds",
                      Taking({.host_sd = 0.05, .drift_sd = 0.05, .incidents = 1.0 / 300, .requests = 0.5})}},
          .harms = {{"all requests 1.3x slower", 1.3},
                    {"all requests 2x slower", 2},
                    {"2 % of requests 10x slower", -10}}};
}

}  // namespace haldane::benchmarks
