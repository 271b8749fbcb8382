#include "stats/distribution_signal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "stats/log_space.h"

namespace haldane::stats {
namespace {

constexpr double kTailValues = 20;
constexpr double kWholeValues = 200;

double ShareBelow(double value, double low, double width) {
  return std::clamp((value - low) / width, 0.0, 1.0);
}

CountSignal::Options ShareOptions(const DistributionSignal::Options& options) {
  return {.tolerate_ratio = 1,
          .kind = CountSignal::Options::Kind::kProportion,
          .profile = options.profile,
          .restarts = options.restarts};
}

}  // namespace

DistributionSignal::DistributionSignal(const Options& options)
    : options_(options), buckets_(options.bits), whole_{CountSignal(ShareOptions(options))} {
  for (std::size_t i = 0; i < options.quantiles.size(); ++i) {
    quantiles_.push_back({CountSignal(ShareOptions(options))});
  }
  for (auto* histogram : {&known_, &before_, &canary_, &baseline_}) {
    histogram->assign(static_cast<std::size_t>(options.buckets), 0);
  }
}

int DistributionSignal::AddHost(Cohort cohort) {
  hosts_.push_back(cohort);
  for (Comparison& quantile : quantiles_) quantile.signal.AddHost(cohort);
  return whole_.signal.AddHost(cohort);
}

double DistributionSignal::Width(int bucket) const {
  return static_cast<double>(buckets_.Edge(bucket + 1) - buckets_.Edge(bucket));
}

bool DistributionSignal::IsValid(const HostBuckets& host, const BucketCount& count) const {
  return host.host >= 0 && host.host < static_cast<int>(hosts_.size()) && count.bucket >= 0 &&
         count.bucket < options_.buckets && std::isfinite(count.count) && count.count >= 0;
}

void DistributionSignal::AddTo(std::vector<double>& histogram, const HostBuckets& host) const {
  for (const BucketCount& count : host.counts) {
    if (IsValid(host, count)) histogram[count.bucket] += count.count;
  }
}

void DistributionSignal::ObserveBefore(absl::Span<const HostBuckets> hosts) {
  for (Comparison& quantile : quantiles_) Feed(quantile, hosts, true);
  Feed(whole_, hosts, true);
  for (const HostBuckets& host : hosts) {
    AddTo(before_, host);
    AddTo(known_, host);
  }
  FreezeWhatIsKnown();
}

void DistributionSignal::Observe(absl::Span<const HostBuckets> hosts) {
  for (Comparison& quantile : quantiles_) Feed(quantile, hosts, false);
  Feed(whole_, hosts, false);
  for (const HostBuckets& host : hosts) {
    if (host.host < 0 || host.host >= static_cast<int>(hosts_.size())) continue;
    const bool is_canary = hosts_[host.host] == Cohort::kCanary;
    AddTo(is_canary ? canary_ : baseline_, host);
    if (!is_canary) AddTo(known_, host);
  }
  FreezeWhatIsKnown();
}

void DistributionSignal::Feed(Comparison& comparison, absl::Span<const HostBuckets> hosts, bool before) {
  std::vector<HostTick> ticks;
  for (const HostBuckets& host : hosts) {
    if (!comparison.frozen()) break;
    HostTick tick = {host.host, 0, 0};
    for (const BucketCount& count : host.counts) {
      if (!IsValid(host, count)) continue;
      // Before the rollout the canary's hosts ran the old revision too.
      const bool shifted = !before && hosts_[host.host] == Cohort::kCanary;
      tick.events += count.count * (shifted ? comparison.canary : comparison.baseline)[count.bucket];
      tick.exposure += count.count;
    }
    if (tick.exposure > 0) ticks.push_back(tick);
  }
  // Also with nothing: a signal counts its ticks.
  before ? comparison.signal.ObserveBefore(ticks) : comparison.signal.Observe(ticks);
}

void DistributionSignal::FreezeWhatIsKnown() {
  const double total = CountFrom(known_, 0);
  for (std::size_t i = 0; i < quantiles_.size(); ++i) {
    const double q = options_.quantiles[i];
    if (quantiles_[i].frozen() || total * (1 - q) < kTailValues) continue;
    const double edge = InterpolatedQuantile(buckets_, known_, q);
    quantiles_[i].edge = edge;
    for (int b = 0; b < options_.buckets; ++b) {
      const auto low = static_cast<double>(buckets_.Edge(b));
      quantiles_[i].baseline.push_back(1 - ShareBelow(edge, low, Width(b)));
      quantiles_[i].canary.push_back(1 - ShareBelow(options_.tolerate_ratio * edge, low, Width(b)));
    }
  }
  if (whole_.frozen() || total < kWholeValues) return;
  std::vector<double> below(known_.size() + 1, 0);  // share below each edge
  for (std::size_t b = 0; b < known_.size(); ++b) below[b + 1] = below[b] + known_[b] / total;
  for (int b = 0; b < options_.buckets; ++b) {
    const double middle = static_cast<double>(buckets_.Edge(b)) + Width(b) / 2;
    const double shifted = middle / options_.tolerate_ratio;
    const int at = buckets_.Index(static_cast<std::uint64_t>(shifted));
    const double within = ShareBelow(shifted, static_cast<double>(buckets_.Edge(at)), Width(at));
    whole_.baseline.push_back(std::min(1.0, (below[b] + below[b + 1]) / 2));
    whole_.canary.push_back(std::min(1.0, below[at] + within * (below[at + 1] - below[at])));
  }
}

double DistributionSignal::HarmEvidence() const {
  return Average([](const CountSignal& signal) { return signal.HarmEvidence(); });
}

double DistributionSignal::EvidenceWithout(int host) const {
  return Average([host](const CountSignal& signal) { return signal.EvidenceWithout(host); });
}

double DistributionSignal::Average(const std::function<double(const CountSignal&)>& evidence) const {
  std::vector<double> terms = {evidence(whole_.signal)};
  for (const Comparison& quantile : quantiles_) terms.push_back(evidence(quantile.signal));
  return LogMean(terms);
}

double DistributionSignal::ClearEvidence(double missed) const {
  const CountSignal& whole = whole_.signal;
  double least = quantiles_.empty() ? whole.ClearEvidence(missed) : kInfinity;
  for (const Comparison& quantile : quantiles_) {
    least = std::min(least, quantile.signal.ClearEvidence(missed));
  }
  return least;
}

double DistributionSignal::Estimate(Cohort cohort, double q) const {
  return InterpolatedQuantile(buckets_, Histogram(cohort), q);
}

}  // namespace haldane::stats
